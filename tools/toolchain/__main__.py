"""`python -m tools.toolchain`: builds the tools named, or all of them, and prints where each is."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from tools.errors import ToolError

from . import CATALOGUE, NAMES, clean, ensure
from .find import find

_WIDE_ENOUGH = 1000


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status comes back."""
    parser = argparse.ArgumentParser(prog="python -m tools.toolchain", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--list", action="store_true", help="say where each is, and build nothing")
    parser.add_argument("--clean", action="store_true", help="remove what was built")
    given = parser.parse_args(arguments)
    try:
        if given.clean:
            clean()
        elif given.list:
            _list()
        else:
            for name, path in ensure(given.tools or NAMES).items():
                print(f"{name}\t{path}")
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing half-built is kept.", file=sys.stderr)
        return 130
    return 0


def _list() -> None:
    table = Table("tool", "version", "what for", "where", box=None, pad_edge=False)
    for tool in CATALOGUE:
        folder = find(tool)
        for binary in tool.binaries:
            where = str(folder / binary.name) if folder else "to be built"
            table.add_row(binary.name, tool.version, tool.purpose, where)
    # A path that is folded into its column can't be copied.
    Console(width=_WIDE_ENOUGH).print(table)


if __name__ == "__main__":
    sys.exit(main())
