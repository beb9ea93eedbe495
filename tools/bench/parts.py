"""Measures where the time of a preview goes."""

import json
import statistics
import time
from collections.abc import Mapping, Sequence

from tools.bench.sandbox import Sandbox
from tools.bench.speed import COMMAND, ENGINE_ARGUMENTS, INPUTS, PREVIEW, UP
from tools.figures import Section
from tools.simulation.simulation import SIMULATION_CHART

PROGRAM = "parts"
PARTS = {
    "python": ("engine, until it starts Python", "Pulumi's own"),
    "program": ("Python and Pulumi's SDK", "Pulumi's own"),
    "imports": ("imports", "the provider starts meanwhile, on a core of its own"),
    "load_chart": ("inputs, and the chart from the cache", "checks come before everything else"),
    "render": ("rendering", "provider's start, then Helm; the cluster is read meanwhile"),
    "complete_workspace": ("patches and verification", "what the chart lacks, and the promise"),
    "main": ("comparison with the cluster, registration", "what others have changed is named"),
    "exit": ("objects, compared by the provider", "a dry run of each by the API server"),
    "end": ("engine, after the program", "Pulumi's own"),
}
"""Each part's description and what it is for, by the moment at which it ends, in order."""

Seconds = Mapping[str, float]


def measure_parts(sandbox: Sandbox, rounds: int) -> Section:
    """Measures the parts of previews of one deployed workspace, and of an empty program."""
    sandbox.prepare(PROGRAM)
    inputs = {**INPUTS, "namespace": "bench-parts", "chart": {"path": str(SIMULATION_CHART)}}
    _run(sandbox, inputs, UP)
    ours = [_run(sandbox, inputs, PREVIEW) for _ in range(rounds)]
    # Its update deletes the workspace.
    _run(sandbox, {}, UP)
    empty = [_run(sandbox, {}, PREVIEW) for _ in range(rounds)]
    columns = ("part", "ours, s", "an empty program's, s", "why")
    section = Section("Speed, parts of a preview", COMMAND, columns)
    section.rows = [
        (description, median(ours, part), median(empty, part), why)
        for part, (description, why) in PARTS.items()
    ]
    return section


def median(runs: Sequence[Seconds], part: str) -> str:
    """Returns the median seconds of one part; "" where the runs don't have it."""
    seconds = [run[part] for run in runs if part in run]
    return f"{statistics.median(seconds):.2f}" if seconds else ""


def durations(begin: float, times: Mapping[str, float]) -> Seconds:
    """Returns how long each part took that has an end in `times`, from `begin` on."""
    seconds = {}
    for part in PARTS:
        if part in times:
            seconds[part] = times[part] - begin
            begin = times[part]
    return seconds


def _run(sandbox: Sandbox, inputs: Mapping[str, object], command: str) -> Seconds:
    file = sandbox.parameters_file(PROGRAM).with_suffix(".times.json")
    sandbox.write_parameters(PROGRAM, {"inputs": inputs, "times": str(file)})
    begin = time.time()
    sandbox.run(PROGRAM, *ENGINE_ARGUMENTS[command])
    end = time.time()
    return durations(begin, {**json.loads(file.read_text(encoding="utf-8")), "end": end})
