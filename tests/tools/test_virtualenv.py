"""What `make` installs first."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from tools.simulation.workspace import CHECKOUT

COMMAND = [sys.executable, str(CHECKOUT / "tools" / "virtualenv.py"), "requirements.txt"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    return tmp_path


def test_what_is_required_is_installed_once(folder: Path) -> None:
    subprocess.run(COMMAND, cwd=folder, check=True)
    installed = folder / ".venv" / "installed"
    assert (folder / ".venv" / "bin" / "python").exists()
    first = installed.stat().st_mtime_ns
    subprocess.run(COMMAND, cwd=folder, check=True)
    assert installed.stat().st_mtime_ns == first


def test_what_could_not_be_installed_is_tried_again(folder: Path) -> None:
    (folder / "requirements.txt").write_text("nothing-with-a-hash==1\n", encoding="utf-8")
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"hash" in done.stderr
    assert not (folder / ".venv" / "installed").exists()
    (folder / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    subprocess.run(COMMAND, cwd=folder, check=True)


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    (folder / ".venv").write_text("a file", encoding="utf-8")
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: .venv: File exists.\n")


def test_a_second_one_waits_and_finds_it_done(folder: Path) -> None:
    (folder / ".venv").mkdir()
    with (folder / ".venv" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(COMMAND, cwd=folder, stderr=subprocess.PIPE, text=True) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == "Another command installs in .venv; waiting.\n"
            (folder / ".venv" / "installed").touch()
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert second.wait(timeout=60) == 0
    assert not (folder / ".venv" / "bin").exists()
