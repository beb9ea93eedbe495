"""Says which packages this Python lacks, in place of a traceback."""

import sys
from types import TracebackType

from tools.checkout import CHECKOUT

EXIT_CODE = 127
"""A shell's exit code for a program that isn't installed. No command uses it otherwise."""


def explain_missing_packages(
    type_: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Handles an error that ends the process: a missing package by a sentence on what to run.

    Looking for all packages before each command would take longer than some commands.
    """
    lacking = missing() if isinstance(error, ModuleNotFoundError) else []
    if not lacking:
        sys.__excepthook__(type_, error, traceback)
        return
    # Imported only here: commands start faster.
    import shlex  # noqa: PLC0415

    command = shlex.join([".venv/bin/python", *sys.orig_argv[1:]])
    print(
        f"error: {sys.executable} lacks {', '.join(lacking)}. Run `pulumi install` in"
        f" {CHECKOUT}, and then `{command}`.",
        file=sys.stderr,
    )
    sys.exit(EXIT_CODE)


def missing() -> list[str]:
    """Returns the dependencies in pyproject.toml that aren't installed."""
    # Imported only here, as above.
    import re  # noqa: PLC0415
    import tomllib  # noqa: PLC0415

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^\w.-]", dependency)[0] for dependency in project["dependencies"]]
    return [name for name in names if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - as above

    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
