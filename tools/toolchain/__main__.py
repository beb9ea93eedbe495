"""`python -m tools.toolchain`: gets the given tools, or all, and prints where each one is."""

import argparse
import shlex
import subprocess
import sys
from threading import Thread

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools import output
from tools.toolchain import CATALOGUE, NAMES, cache, clean, ensure
from tools.toolchain.find import find

_WIDTH = 1000
"""Wide enough that no path is folded, which nobody could copy."""


class _CommandFailedError(Exception):
    """The command beside has failed."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code: 0 for success, 1 for an error."""
    parser = argparse.ArgumentParser(prog="python -m tools.toolchain", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--list", action="store_true", help="print where each is; get nothing")
    parser.add_argument("--clean", action="store_true", help="remove what was downloaded or built")
    parser.add_argument("--beside", metavar="COMMAND", help="run a command at the same time")
    options = parser.parse_args(arguments)
    try:
        return output.run_command(lambda: _run(options))
    except KeyboardInterrupt:
        print("Stopped. What was unfinished was removed.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    if options.clean:
        clean()
    elif options.list:
        _list()
    elif options.beside:
        return _run_beside(options.beside)
    else:
        for name, path in ensure(options.tools or NAMES).items():
            print(f"{name}\t{path}")
    return 0


def _run_beside(command: str) -> int:
    """Runs a command while all tools are obtained, and returns its exit code. A failure ends both.

    Its output is shown above the line that moves, which it would break otherwise.
    """
    console = Console(stderr=True)
    with subprocess.Popen(
        shlex.split(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        lines = process.stdout or ()

        def show() -> None:
            for line in lines:
                console.print(Text.from_ansi(line.rstrip("\n")), soft_wrap=True)

        def stop() -> None:
            if process.poll():
                raise _CommandFailedError

        reader = Thread(target=show)
        reader.start()
        try:
            ensure(NAMES, console=console, stop=stop)
        except _CommandFailedError:
            pass
        except BaseException:
            process.terminate()
            raise
        finally:
            reader.join()
    return process.returncode


def _list() -> None:
    table = Table("tool", "version", "purpose", "path", "origin", box=None, pad_edge=False)
    for tool in CATALOGUE:
        folder = find(tool)
        origin = cache.origin(tool) if folder == cache.folder(tool) else "installed"
        for binary in tool.binaries:
            row = (binary.name, tool.version, tool.purpose)
            if folder:
                table.add_row(*row, str(folder / binary.name), origin)
            else:
                table.add_row(*row, "to be downloaded or built")
    Console(width=_WIDTH).print(table)


if __name__ == "__main__":
    sys.exit(main())
