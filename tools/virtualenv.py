"""`python3 -m tools.virtualenv REQUIREMENTS`: installs these in `.venv`.

It runs before anything is installed, so it needs nothing but Python. Two that install in one folder
at once would break each other's work: the second waits, and finds it done.
"""

import fcntl
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(".venv")
INSTALLED = FOLDER / "installed"
"""Newer than the requirements when all of them are there."""


def main() -> int:
    """Installs what isn't there yet; pip's status comes back."""
    requirements = Path(sys.argv[1])
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another command installs in {FOLDER}; waiting.", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        if INSTALLED.exists() and INSTALLED.stat().st_mtime >= requirements.stat().st_mtime:
            return 0
        venv.create(FOLDER, with_pip=True)
        pip = (FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet")
        options = ("--disable-pip-version-check", "--require-hashes", "-r", requirements)
        status = subprocess.call((*pip, *options))
        if status == 0:
            INSTALLED.touch()
        return status


if __name__ == "__main__":
    sys.exit(main())
