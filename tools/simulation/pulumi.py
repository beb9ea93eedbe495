"""`pulumi` in a shell of `make env`: the real one, on this checkout's simulated stacks.

Pulumi writes to the config files of its project. So it runs in the simulated project, whose configs
are written anew whenever the checkout's have changed. Only `pulumi config` is about the checkout's
own files and runs there.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import ToolError
from tools.simulation import configured
from tools.simulation.folders import Folders

if TYPE_CHECKING:
    from tools.simulation.simulation import Simulation

PATH_OPTIONS = (
    "--config-file",
    "--file",
    "--generate-resources",
    "--import-file",
    "--out",
    "--plan",
    "--policy-pack",
    "--policy-pack-config",
    "--profiling",
    "--save-plan",
)
"""Options of `pulumi` whose values are paths, of files that exist or are written."""


def main(arguments: list[str], folders: Folders) -> None:
    """Replaces this process with the real `pulumi`."""
    words = [word for word in arguments if not word.startswith("-")]
    try:
        if not folders.pulumi.exists():
            _simulation().prepare()
        if words[:1] != ["config"] and Path.cwd().is_relative_to(folders.checkout):
            if not configured.is_current(folders):
                _simulation().configure_all()
            arguments = ["--cwd", str(folders.project), *resolve_paths(arguments)]
    except ToolError as error:
        sys.exit(f"error: {error}")
    os.execv(folders.pulumi, [str(folders.pulumi), *arguments])  # noqa: S606 - no shell is wanted


def resolve_paths(arguments: list[str]) -> list[str]:
    """Returns a command line with the same meaning in another folder than the current one."""
    return [
        _resolve(word, before) for before, word in zip(["", *arguments], arguments, strict=False)
    ]


def _resolve(word: str, before: str) -> str:
    """Returns a word of the command line with absolute paths in it.

    Args:
        word: The word.
        before: The word before it; "" for none.
    """
    option, equals, value = word.partition("=")
    if equals and option in PATH_OPTIONS:
        return f"{option}={_absolute(value)}"
    if word.startswith("-"):
        return word
    # Another word may be the name of a stack, though there is a folder of that name.
    is_path = word.startswith(".") and Path(word).exists()
    return _absolute(word) if is_path or before in PATH_OPTIONS else word


def _absolute(paths: str) -> str:
    """Returns the absolute form of a path, or of each in a list with commas."""
    if Path(paths).exists():
        return str(Path(paths).resolve())
    return ",".join(str(Path(path).resolve()) for path in paths.split(","))


def _simulation() -> "Simulation":
    # Imported only here, as that takes longer than many commands.
    from tools.simulation.simulation import Simulation  # noqa: PLC0415

    return Simulation()


if __name__ == "__main__":
    main(sys.argv[1:], Folders())
