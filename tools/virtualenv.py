"""`python3 -m tools.virtualenv REQUIREMENTS`: installs these in `.venv`.

It runs before anything is installed, so it needs nothing but Python. Two that install in one folder
at once would break each other's work: the second waits, and finds it done.
"""

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import IO

FOLDER = Path(".venv")
INSTALLED = FOLDER / "installed"
"""Newer than the requirements when all of them are there."""


def main() -> int:
    """Installs what isn't there yet; the status of the program that failed comes back."""
    requirements = Path(sys.argv[1])
    try:
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / "lock").open("w") as lock:
            _take(lock)
            if INSTALLED.exists() and INSTALLED.stat().st_mtime >= requirements.stat().st_mtime:
                return 0
            return _install(requirements)
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1


def _take(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another command installs in {FOLDER}; waiting.", file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _install(requirements: Path) -> int:
    pip = (FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet")
    options = ("--disable-pip-version-check", "--require-hashes", "-r", requirements)
    status = subprocess.call((sys.executable, "-m", "venv", FOLDER))
    status = status or subprocess.call((*pip, *options))
    if status == 0:
        INSTALLED.touch()
    return status


if __name__ == "__main__":
    sys.exit(main())
