"""`python -m tools.bench`: measures the time and memory of programs that run alternately."""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tools import output
from tools.bench.commands import measure_commands
from tools.bench.load import measure_load
from tools.bench.parts import measure_parts
from tools.bench.reading import measure_reading
from tools.bench.sandbox import Sandbox
from tools.bench.speed import measure_compared
from tools.checkout import CHECKOUT
from tools.figures import Section
from tools.simulation.simulation import unset_foreign_variables


def main() -> int:
    """Measures and returns the exit code: 0 for success, 1 if one of the programs fails."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each runs; default 5")
    parser.add_argument("--load", action="store_true", help="many workspaces in one program")
    parser.add_argument("--save", action="store_true", help="save the figures in docs/figures.md")
    options = parser.parse_args()
    unset_foreign_variables()
    return output.run_command(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    # Not in /tmp, which may be in memory and faster than the disks that people use.
    parent = CHECKOUT / ".simulation"
    parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as name:
        sections = _measure(Path(name), options)
    for section in sections:
        section.show(Console(width=160))
        if options.save:
            section.save()
    return 0


def _measure(folder: Path, options: argparse.Namespace) -> list[Section]:
    if options.load:
        return [measure_load(folder)]
    with Sandbox(folder / "sandbox") as sandbox:
        commands = measure_commands(folder, options.rounds)
        compared = measure_compared(sandbox, options.rounds)
        reading = measure_reading(sandbox, options.rounds)
        return [*commands, compared, reading, measure_parts(sandbox, options.rounds)]


if __name__ == "__main__":
    sys.exit(main())
