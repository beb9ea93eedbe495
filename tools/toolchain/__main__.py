"""`python -m tools.toolchain`: gets the given tools, or all, and prints where each one is."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from tools import output
from tools.toolchain import CATALOGUE, NAMES, cache, clean, ensure
from tools.toolchain.find import find

_WIDTH = 1000
"""Wide enough that no path is folded, which nobody could copy."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code: 0 for success, 1 for an error."""
    parser = argparse.ArgumentParser(prog="python -m tools.toolchain", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--list", action="store_true", help="print where each is; get nothing")
    parser.add_argument("--clean", action="store_true", help="remove what was downloaded or built")
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
    else:
        for name, path in ensure(options.tools or NAMES).items():
            print(f"{name}\t{path}")
    return 0


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
