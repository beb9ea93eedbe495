"""`pulumi` in a shell of `make env`: the real one, on this checkout's simulated stacks.

Pulumi writes to the config files of its project. So it runs in the simulated project, whose config
is written anew from the checkout's every time. Only `pulumi config` is about the checkout's own
files and runs there.
"""

import os
import sys
from pathlib import Path

from tools.errors import ToolError
from tools.simulation.simulation import Simulation


def main(arguments: list[str]) -> None:
    """Replaces this process with the real `pulumi`."""
    simulation = Simulation()
    program = str(simulation.tools()["pulumi"])
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] != ["config"] and Path.cwd().is_relative_to(simulation.checkout):
        try:
            for name in simulation.stack_names():
                chart, _ = simulation.chart_for(name)
                simulation.configure(name, chart)
        except ToolError as error:
            sys.exit(f"error: {error}")
        # Relative paths are meant from the current folder.
        resolved = [str(Path(word).resolve()) if is_path(word) else word for word in arguments]
        arguments = ["--cwd", str(simulation.project_folder), *resolved]
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell is wanted


def is_path(word: str) -> bool:
    """Returns whether a word of the command line is the path of an existing file or folder."""
    return not word.startswith("-") and ("/" in word or Path(word).is_dir()) and Path(word).exists()


if __name__ == "__main__":
    main(sys.argv[1:])
