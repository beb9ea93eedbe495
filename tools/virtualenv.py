"""`python3 tools/virtualenv.py REQUIREMENTS`: installs a requirements file in `.venv`.

It runs before any package is installed, so it needs only Python. A second process that runs it in
the same folder waits, and then has nothing to do.
"""

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import IO

FOLDER = Path(".venv")
INSTALLED = FOLDER / "installed"
"""Newer than the requirements once all of them are installed."""


def main() -> int:
    """Installs the requirements if need be, and returns the exit code."""
    requirements = Path(sys.argv[1])
    try:
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / "lock").open("w") as lock:
            _acquire(lock)
            if INSTALLED.exists() and INSTALLED.stat().st_mtime >= requirements.stat().st_mtime:
                return 0
            return _install(requirements)
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1


def _acquire(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = f"Another command is installing in {FOLDER}; waiting."
        print(message, file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _install(requirements: Path) -> int:
    pip = (FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet")
    options = ("--disable-pip-version-check", "--require-hashes", "-r", requirements)
    code = subprocess.call((sys.executable, "-m", "venv", FOLDER))
    code = code or subprocess.call((*pip, *options))
    if code == 0:
        INSTALLED.touch()
    return code


if __name__ == "__main__":
    sys.exit(main())
