"""Tells whoever runs a command which packages their Python lacks, in place of a traceback."""

import re
import shlex
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
EXIT_CODE = 127
"""As a shell has it for a program that isn't installed; no command means anything else by it."""


def exit_unless_installed() -> None:
    """Ends the process with a sentence that says what to run, unless every package is installed."""
    lacking = missing()
    if lacking:
        command = shlex.join([".venv/bin/python", *sys.orig_argv[1:]])
        print(
            f"error: {sys.executable} lacks {', '.join(lacking)}. Run `pulumi install` in"
            f" {CHECKOUT}, and then `{command}`.",
            file=sys.stderr,
        )
        sys.exit(EXIT_CODE)


def missing() -> list[str]:
    """The packages that pyproject.toml declares as dependencies and that aren't installed."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^\w.-]", dependency)[0] for dependency in project["dependencies"]]
    return [name for name in names if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
