import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from tests.support.machine import Machine
from tools import toolchain
from tools.errors import ToolError
from tools.toolchain import CATALOGUE, cache, cache_folder, catalogue

TOOLS = {tool.name: tool for tool in CATALOGUE}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "go"
    shutil.copytree(catalogue.MODULES, copy)
    monkeypatch.setattr(catalogue, "MODULES", copy)
    return copy


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write("\n// changed\n")


@pytest.mark.parametrize(
    ("file", "rebuilt"),
    [
        ("engine/go.mod", {"pulumi"}),
        ("engine/go.sum", {"pulumi"}),
        ("engine/pulumi-language-python/main.go", {"pulumi"}),
        ("provider/go.sum", {"pulumi-resource-kubernetes", "helm"}),
        ("provider/pulumi-resource-kubernetes/main.go", {"pulumi-resource-kubernetes"}),
        ("kubernetes-sdk/go.mod", {"pulumi-resource-kubernetes", "helm"}),
        ("kubernetes-sdk/go/kubernetes/untyped.go", {"pulumi-resource-kubernetes", "helm"}),
        (
            "cluster/go.mod",
            {
                *("kube-apiserver", "kube-controller-manager", "kube-scheduler"),
                *("etcd", "kwok", "kwokctl"),
            },
        ),
    ],
)
def test_a_changed_source_changes_the_folders_of_its_own_tools(
    file: str, rebuilt: set[str], modules: Path, machine: Machine
) -> None:
    before = {name: cache.folder(tool) for name, tool in TOOLS.items()}
    append(modules / file)
    after = {name: cache.folder(tool) for name, tool in TOOLS.items()}
    assert {name for name in TOOLS if before[name] != after[name]} == rebuilt
    assert machine.tools == []


def with_other_linker_flags(tool: catalogue.Tool) -> catalogue.Tool:
    binary = replace(tool.binaries[0], variables=(("main.version", "other"),))
    return replace(tool, binaries=(binary, *tool.binaries[1:]))


def with_another_file(tool: catalogue.Tool) -> catalogue.Tool:
    return replace(tool, files=(catalogue.ModuleFile("example.org/module", "script"),))


def with_another_version(tool: catalogue.Tool) -> catalogue.Tool:
    return replace(tool, version="0.0.1")


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    "change", [with_other_linker_flags, with_another_file, with_another_version]
)
def test_a_changed_catalogue_changes_the_folder(
    change: Callable[[catalogue.Tool], catalogue.Tool],
) -> None:
    assert cache.folder(change(TOOLS["pulumi"])) != cache.folder(TOOLS["pulumi"])


@pytest.mark.usefixtures("machine")
def test_another_platform_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    here = cache.folder(TOOLS["helm"])
    monkeypatch.setattr(cache, "target", lambda: ("plan9", "mips"))
    assert cache.folder(TOOLS["helm"]) != here


def test_a_tool_without_one_of_its_binaries_is_not_complete(machine: Machine) -> None:
    pulumi = TOOLS["pulumi"]
    for binary in pulumi.binaries:
        machine.install(binary.name, folder=cache.folder(pulumi))
    assert cache.is_complete(pulumi)
    (cache.folder(pulumi) / "pulumi-language-python").unlink()
    assert not cache.is_complete(pulumi)


def test_the_cache_is_in_the_home_unless_the_variable_says_otherwise(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == machine.cache
    monkeypatch.delenv("ROCKETCHAT_PULUMI_CACHE")
    assert cache_folder().is_relative_to(machine.home)


def test_a_relative_path_in_the_variable_becomes_absolute(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(machine.home)
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", "mine")
    assert cache_folder() == machine.home / "mine"


def test_without_a_home_the_error_names_the_variable(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("~/.cache") / name)
    assert cache_folder() == machine.cache
    monkeypatch.delenv("ROCKETCHAT_PULUMI_CACHE")
    with pytest.raises(ToolError, match="ROCKETCHAT_PULUMI_CACHE"):
        cache_folder()


@pytest.mark.usefixtures("machine")
def test_the_digest_is_the_same_in_every_process() -> None:
    code = "from tools.toolchain import CATALOGUE, cache; print(*map(cache.folder, CATALOGUE))"
    other = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(toolchain.__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert other.stdout.split() == [str(cache.folder(tool)) for tool in CATALOGUE]
