import re
from importlib.metadata import version

import pytest

from tools.errors import ToolError
from tools.toolchain import CATALOGUE, NAMES, Tool, ensure
from tools.toolchain.build import SOURCE_MB
from tools.toolchain.catalogue import MODULES

TOOLS = {tool.name: tool for tool in CATALOGUE}


def pinned_version(tool: Tool, module: str) -> str:
    go_mod = (tool.module_folder / "go.mod").read_text()
    match = re.search(rf"^\s*(?:require )?{re.escape(module)} v(\S+)", go_mod, re.MULTILINE)
    assert match, f"{module} isn't in the go.mod of {tool.module}"
    return match[1]


@pytest.mark.parametrize(
    ("tool", "module"),
    [
        ("pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        ("pulumi", "github.com/pulumi/pulumi/sdk/v3"),
        ("helm", "helm.sh/helm/v3"),
        ("kube-apiserver", "k8s.io/kubernetes"),
        ("etcd", "go.etcd.io/etcd/server/v3"),
        ("kwok", "sigs.k8s.io/kwok"),
        ("kwokctl", "sigs.k8s.io/kwok"),
    ],
)
def test_a_tools_module_pins_the_version_in_the_catalogue(tool: str, module: str) -> None:
    assert pinned_version(TOOLS[tool], module) == TOOLS[tool].version


def test_the_control_plane_and_its_libraries_have_one_version() -> None:
    go_mod = (MODULES / "cluster" / "go.mod").read_text()
    libraries = set(re.findall(r"k8s.io/\S+ => k8s.io/\S+ v0\.(\S+)", go_mod))
    assert {f"1.{library}" for library in libraries} == {TOOLS["kube-apiserver"].version}


def test_helm_has_the_providers_version() -> None:
    assert (
        pinned_version(TOOLS["pulumi-resource-kubernetes"], "helm.sh/helm/v3")
        == TOOLS["helm"].version
    )


def test_engine_and_provider_have_the_versions_of_their_python_packages() -> None:
    assert TOOLS["pulumi"].version == version("pulumi")
    assert TOOLS["pulumi-resource-kubernetes"].version == version("pulumi-kubernetes")


def test_every_release_is_of_the_tools_version_and_comes_over_tls() -> None:
    for tool in CATALOGUE:
        for url in (tool.release.url, tool.release.checksums):
            assert url.startswith("https://")
            assert "{version}" in url


def test_every_module_has_an_estimate_of_its_size() -> None:
    assert set(SOURCE_MB) == {tool.module for tool in CATALOGUE}


def test_a_binary_reports_its_tools_version() -> None:
    for tool in CATALOGUE:
        for binary in tool.binaries:
            reported = [
                value for name, value in binary.variables if name.lower().endswith("version")
            ]
            assert {value.removeprefix("v") for value in reported} <= {tool.version}


def test_an_unknown_tool_is_an_error_that_lists_all_tools() -> None:
    with pytest.raises(ToolError) as error:
        ensure(["helm", "kubectl"])
    assert "kubectl" in str(error.value)
    assert all(name in str(error.value) for name in NAMES)
