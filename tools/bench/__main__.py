"""`python -m tools.bench`: times, memory and ratios of programs that are run in turn."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tools.bench.load import SIZES, STEPWISE, load
from tools.bench.sandbox import Room
from tools.bench.speed import compared, once
from tools.errors import ToolError
from tools.figures import Section
from tools.simulation.workspace import CHECKOUT, FOREIGN


def main() -> int:
    """Runs what is asked for; 1 where one of the programs fails."""
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run; default 5")
    parser.add_argument("--load", action="store_true", help="many workspaces in one program")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="how many, with --load")
    parser.add_argument(
        "--stepwise",
        type=int,
        default=STEPWISE,
        help="the most that are deployed with the state kept at each step, with --load",
    )
    parser.add_argument("--save", action="store_true", help="keep the figures in docs/figures.md")
    given = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    # Below the checkout: what is on a disk in memory would be faster than what people have.
    place = CHECKOUT / ".simulation"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as held:
        folder = Path(held)
        try:
            sections = (
                [load(folder, tuple(given.sizes), given.stepwise)]
                if given.load
                else _speed(folder, given)
            )
        except ToolError as error:
            sys.exit(str(error))
    for section in sections:
        section.show(Console(width=160))
        if given.save:
            section.save()
    return 0


def _speed(folder: Path, given: argparse.Namespace) -> list[Section]:
    with Room(folder / "room") as room:
        return [once(folder), compared(room, given.rounds)]


if __name__ == "__main__":
    sys.exit(main())
