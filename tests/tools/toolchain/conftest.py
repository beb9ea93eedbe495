"""Fixtures for the toolchain's tests."""

import os
from pathlib import Path

import pytest

from tests.support.machine import Machine
from tools.toolchain import golang


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path / "bin", tmp_path / "home", tmp_path / "cache")
    machine.bin.mkdir()
    machine.home.mkdir()
    for name in list(os.environ):
        if name.startswith(("GO", "PULUMI_", "XDG_", "FAKE_GO", "ROCKETCHAT_PULUMI_", "TOOLS")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setenv("HOME", str(machine.home))
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", str(machine.cache))
    monkeypatch.setenv("TOOLS", "build")
    # No Go of this environment either.
    monkeypatch.setattr(golang, "_installed_path", lambda: machine.bin / "none")
    return machine
