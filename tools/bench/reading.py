"""Measures what it adds to a preview that the program reads what is on the cluster."""

from tools.bench.sandbox import OURS, Sandbox
from tools.bench.speed import COMMAND, ENGINE_ARGUMENTS, INPUTS, PREVIEW, UP, comparison
from tools.figures import Section
from tools.simulation.simulation import SIMULATION_CHART

READING = "reading"
BLIND = "blind"
"""The same program, which takes the cluster for empty."""
CASES = {OURS: True, BLIND: False}


def measure_reading(sandbox: Sandbox, rounds: int) -> Section:
    """Measures previews of one deployed workspace, with and without reading, in `rounds` pairs."""
    sandbox.prepare(READING)
    _set_reading(sandbox, reads=True)
    sandbox.run(READING, *ENGINE_ARGUMENTS[UP])
    pairs = []
    for _ in range(rounds):
        seconds = {}
        for case, reads in CASES.items():
            _set_reading(sandbox, reads=reads)
            seconds[case] = sandbox.run(READING, *ENGINE_ARGUMENTS[PREVIEW]).seconds
        pairs.append(seconds)
    columns = ("what", "with, s", "without, s", "with : without", "with - without, s")
    section = Section("Speed, reading the cluster", COMMAND, columns)
    section.rows.append(("preview, nothing changed", *comparison(pairs, BLIND)))
    return section


def _set_reading(sandbox: Sandbox, *, reads: bool) -> None:
    inputs = {**INPUTS, "namespace": "bench-reading", "chart": {"path": str(SIMULATION_CHART)}}
    sandbox.write_parameters(READING, {"inputs": inputs, "reads": reads})
