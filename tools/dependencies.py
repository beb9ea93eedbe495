"""Says which packages this Python lacks, in place of a traceback."""

import re
import shlex
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version

from tools.checkout import CHECKOUT

EXIT_CODE = 127
"""A shell's exit code for a program that isn't installed. No command uses it otherwise."""


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
    """Returns the dependencies in pyproject.toml that aren't installed."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^\w.-]", dependency)[0] for dependency in project["dependencies"]]
    return [name for name in names if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
