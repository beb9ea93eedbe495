import sys
from pathlib import Path

import pytest

from tests.support.machine import Machine
from tools.toolchain import CATALOGUE, cache
from tools.toolchain.find import find

TOOLS = {tool.name: tool for tool in CATALOGUE}


def found(name: str) -> Path | None:
    return find(TOOLS[name])


@pytest.mark.usefixtures("machine")
def test_nothing_is_found_on_an_empty_machine() -> None:
    assert [find(tool) for tool in CATALOGUE] == [None] * len(CATALOGUE)


@pytest.mark.parametrize(
    ("output", "used"),
    [
        ("v3.259.0", True),
        ("3.300.1", True),
        ("v3.258.9", False),
        ("v3.99.0", False),
        ("v4.0.0", False),
        ("v3.260.0-alpha.1", False),
        ("", False),
        ("built with go3.259.0", False),
    ],
)
def test_an_installed_pulumi_of_the_same_major_version_and_not_older_is_used(
    output: str, *, used: bool, machine: Machine
) -> None:
    machine.install("pulumi", output)
    machine.install("pulumi-language-python")
    assert found("pulumi") == (machine.bin if used else None)


def test_an_installed_pulumi_without_its_language_host_beside_it_is_not_used(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = machine.home / "bin"
    machine.install("pulumi", "v3.259.0")
    machine.install("pulumi-language-python", folder=elsewhere)
    monkeypatch.setenv("PATH", f"{machine.bin}:{elsewhere}")
    assert found("pulumi") is None


def test_a_pulumi_that_fails_is_not_used(machine: Machine) -> None:
    machine.install("pulumi-language-python")
    broken = machine.install("pulumi")
    broken.write_text("#!/nowhere/at/all\n")
    assert found("pulumi") is None


@pytest.mark.parametrize(
    ("output", "used"),
    [("v3.18.6+gb76a950", True), ("v3.2.0", True), ("v4.0.1+gabcdef0", False), ("v2.17.0", False)],
)
def test_any_helm_3_is_used(output: str, *, used: bool, machine: Machine) -> None:
    machine.install("helm", output)
    assert found("helm") == (machine.bin if used else None)


@pytest.mark.parametrize(
    ("name", "output", "used"),
    [
        ("kube-apiserver", "Kubernetes v1.36.3", True),
        ("kube-apiserver", "Kubernetes v1.36.4", False),
        ("kube-apiserver", "Kubernetes v1.36.3-rc.0", False),
        ("kube-apiserver", "Kubernetes v1.36.33-rc.0", False),
        ("etcd", "etcd Version: 3.6.16\nGit SHA: 1.2.3\nGo Version: go1.26.8", True),
        ("etcd", "etcd Version: 3.4.30\nGo Version: go3.6.16", False),
        ("kwokctl", "kwokctl version v0.8.0 go1.26.8 (linux/amd64)", True),
        ("kwokctl", "kwokctl version v0.8.0-alpha.1 go1.26.8 (linux/amd64)", False),
    ],
)
def test_the_clusters_programs_are_used_only_in_exactly_their_versions(
    name: str, output: str, *, used: bool, machine: Machine
) -> None:
    machine.install(name, output)
    assert found(name) == (machine.bin if used else None)


def test_an_installed_provider_is_used_only_in_exactly_its_version(machine: Machine) -> None:
    plugins = machine.home / ".pulumi" / "plugins"
    machine.install("pulumi-resource-kubernetes", folder=plugins / "resource-kubernetes-v4.25.1")
    machine.install("pulumi-resource-kubernetes", "4.25.0")  # Pulumi warns of one on PATH
    assert found("pulumi-resource-kubernetes") is None
    right = plugins / "resource-kubernetes-v4.25.0"
    machine.install("pulumi-resource-kubernetes", folder=right)
    assert found("pulumi-resource-kubernetes") == right


def test_a_provider_that_pulumi_is_still_installing_is_not_used(machine: Machine) -> None:
    plugins = machine.home / ".pulumi" / "plugins"
    machine.install("pulumi-resource-kubernetes", folder=plugins / "resource-kubernetes-v4.25.0")
    (plugins / "resource-kubernetes-v4.25.0.partial").touch()
    assert found("pulumi-resource-kubernetes") is None


def test_a_tool_that_another_checkout_built_is_not_an_installed_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = machine.cache / "tools" / "helm-3.18.6-0123456789ab"
    machine.install("helm", "v3.18.6", folder=other)
    monkeypatch.setenv("PATH", str(other))
    assert found("helm") is None
    ours = cache.folder(TOOLS["helm"])
    machine.install("helm", folder=ours)
    assert found("helm") == ours


def test_looking_for_tools_writes_nothing(machine: Machine) -> None:
    machine.install("pulumi-language-python")
    pulumi = machine.install("pulumi")
    pulumi.write_text(
        f"""#!{sys.executable}
import os, pathlib
home = pathlib.Path(os.environ.get("PULUMI_HOME") or pathlib.Path.home() / ".pulumi")
(home / "logs").mkdir(parents=True)
print("v3.259.0")
"""
    )
    for tool in CATALOGUE:
        find(tool)
    assert found("pulumi") == machine.bin
    assert list(machine.home.iterdir()) == []
    assert not machine.cache.exists()
