"""Measures how the program scales: many workspaces in one program, and as many bare charts."""

import re
from pathlib import Path

from components.chart.values import helm_values
from components.inputs.resolve import resolve
from tools.bench.measure import PARTS, Measurement
from tools.bench.sandbox import Sandbox
from tools.bench.speed import ENGINE_ARGUMENTS, INPUTS, PREVIEW, UP
from tools.figures import Section
from tools.simulation.simulation import SIMULATION_CHART

WORKSPACES, CHARTS = "workspaces", "charts"
SIZES = (1, 10, 50, 200)
STEPWISE = 50
"""The largest size that is also deployed in the usual way, with the state written at each step.

The engine then writes the whole state each time, so that the time grows with the square of the
number of objects, whatever the program.
"""
SKIP_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Makes the engine write the state only at the end. For measuring: a kill would lose all of it."""
COMMAND = "make torture"
_COUNT = re.compile(r"^\s+[+~]? ?(\d+) (?:to create|created|unchanged)", re.MULTILINE)


def measure_load(folder: Path, sizes: tuple[int, ...] = SIZES) -> Section:
    """Measures previews and an `up` for each number of workspaces."""
    memory = [f"{part}, MiB" for part in PARTS]
    columns = ("workspaces", "what", "seconds", "each", "ours : charts", "resources", *memory)
    section = Section("Load", COMMAND, columns, key_columns=2)
    for size in sizes:
        with Sandbox(folder / f"sandbox-{size}") as sandbox:
            _prepare(sandbox, size, WORKSPACES, CHARTS)
            preview, up = ENGINE_ARGUMENTS[PREVIEW], ENGINE_ARGUMENTS[UP]
            bare = sandbox.run(CHARTS, *preview).seconds
            _add_row(section, size, "first preview", sandbox.run(WORKSPACES, *preview), bare)
            once = sandbox.run(WORKSPACES, *up, variables=SKIP_CHECKPOINTS)
            _add_row(section, size, "first `up`, its state written once", once)
            _add_row(section, size, "preview, unchanged", sandbox.run(WORKSPACES, *preview))
        if size <= STEPWISE:
            with Sandbox(folder / f"stepwise-{size}") as sandbox:
                _prepare(sandbox, size, WORKSPACES)
                _add_row(section, size, "first `up`", sandbox.run(WORKSPACES, *up))
    return section


def _prepare(sandbox: Sandbox, size: int, *programs: str) -> None:
    sandbox.prepare(*programs)
    for program in programs:
        sandbox.write_parameters(program, _parameters(program, size))


def _parameters(program: str, size: int) -> dict[str, object]:
    """Which workspaces a program deploys, and to which namespaces."""
    inputs = {**INPUTS, "chart": {"path": str(SIMULATION_CHART)}}
    spec = resolve(inputs)
    return {
        "namespaces": [f"{program}-{i}" for i in range(size)],
        "release": spec.release,
        "chart": str(SIMULATION_CHART),
        **({"inputs": inputs} if program == WORKSPACES else {"values": helm_values(spec)}),
    }


def _add_row(
    section: Section, size: int, what: str, run: Measurement, bare: float | None = None
) -> None:
    ratio = "" if bare is None else f"{run.seconds / bare:.2f}"
    resources = sum(int(number) for number in _COUNT.findall(run.output))
    mebibytes = [f"{run.peaks.get(part, 0) / 2**20:.0f}" for part in PARTS]
    seconds = (f"{run.seconds:.1f}", f"{run.seconds / size:.2f}")
    section.rows.append((str(size), what, *seconds, ratio, str(resources), *mebibytes))
