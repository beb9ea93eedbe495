"""The virtualenv that `make` installs first."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from tools.checkout import CHECKOUT

COMMAND = [sys.executable, str(CHECKOUT / "tools" / "virtualenv.py"), "requirements.txt"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("# empty\n", encoding="utf-8")
    return tmp_path


def test_requirements_are_installed_once(folder: Path) -> None:
    subprocess.run(COMMAND, cwd=folder, check=True)
    installed = folder / ".venv" / "installed"
    assert (folder / ".venv" / "bin" / "python").exists()
    first = installed.stat().st_mtime_ns
    subprocess.run(COMMAND, cwd=folder, check=True)
    assert installed.stat().st_mtime_ns == first


def test_a_failed_installation_is_tried_again(folder: Path) -> None:
    (folder / "requirements.txt").write_text("nothing-with-a-hash==1\n", encoding="utf-8")
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"hash" in done.stderr
    assert not (folder / ".venv" / "installed").exists()
    (folder / "requirements.txt").write_text("# empty\n", encoding="utf-8")
    subprocess.run(COMMAND, cwd=folder, check=True)


def test_an_unusable_folder_is_an_error(folder: Path) -> None:
    (folder / ".venv").write_text("a file", encoding="utf-8")
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: .venv: File exists.\n")


def test_a_second_process_waits_and_installs_nothing(folder: Path) -> None:
    (folder / ".venv").mkdir()
    with (folder / ".venv" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(COMMAND, cwd=folder, stderr=subprocess.PIPE, text=True) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == "Another command is installing in .venv; waiting.\n"
            (folder / ".venv" / "installed").touch()
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert second.wait(timeout=60) == 0
    assert not (folder / ".venv" / "bin").exists()
