"""How our program grows: many workspaces in one program, against as many bare charts."""

import re
from pathlib import Path

from components.chart.values import helm_values
from components.inputs.spec import resolve
from tools.bench.measured import PARTS, Measured
from tools.bench.sandbox import Room
from tools.bench.speed import ENGINE, INPUTS, PREVIEW, UP
from tools.figures import Section
from tools.simulation.workspace import OWN_CHART

WORKSPACES, CHARTS = "workspaces", "charts"
SIZES = (1, 10, 50, 200)
STEPWISE = 50
"""Up to this size they are deployed with the state kept at each step, too. The engine writes the
whole of it then, whatever the program is, so that its time grows with the square of the objects."""
ONCE = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Makes the engine write the state at the end alone. For measuring: a kill would lose it all."""
COMMAND = "make torture"
_OBJECTS = re.compile(r"^\s+[+~]? ?(\d+) (?:to create|created|unchanged)", re.MULTILINE)


def load(folder: Path, sizes: tuple[int, ...] = SIZES, stepwise: int = STEPWISE) -> Section:
    """Previews and an `up` for each number of workspaces; to `stepwise` also as people run it."""
    parts = [f"{part}, MiB" for part in PARTS]
    columns = ("workspaces", "what", "seconds", "each", "ours : charts", "resources", *parts)
    section = Section("Load", COMMAND, columns, named_by=2)
    for size in sizes:
        with Room(folder / f"room-{size}") as room:
            _prepare(room, size, WORKSPACES, CHARTS)
            bare = room.run(CHARTS, *ENGINE[PREVIEW]).seconds
            _row(section, size, "first preview", room.run(WORKSPACES, *ENGINE[PREVIEW]), bare)
            once = room.run(WORKSPACES, *ENGINE[UP], variables=ONCE)
            _row(section, size, "first `up`, its state written once", once)
            _row(section, size, "preview, unchanged", room.run(WORKSPACES, *ENGINE[PREVIEW]))
        if size <= stepwise:
            with Room(folder / f"stepwise-{size}") as room:
                _prepare(room, size, WORKSPACES)
                _row(section, size, "first `up`", room.run(WORKSPACES, *ENGINE[UP]))
    return section


def _prepare(room: Room, size: int, *names: str) -> None:
    room.prepare(*names)
    for name in names:
        _give(room, name, size)


def _give(room: Room, name: str, size: int) -> None:
    """Tells a program in which namespaces it has to run something."""
    namespaces = [f"{name}-{i}" for i in range(size)]
    inputs = {**INPUTS, "chart": {"path": str(OWN_CHART)}}
    intent = resolve(inputs)
    given = {"inputs": inputs} if name == WORKSPACES else {"values": helm_values(intent)}
    place = {"release": intent.release, "chart": str(OWN_CHART)}
    room.give(name, {"namespaces": namespaces, **place, **given})


def _row(section: Section, size: int, what: str, run: Measured, bare: float | None = None) -> None:
    ratio = "" if bare is None else f"{run.seconds / bare:.2f}"
    resources = sum(int(number) for number in _OBJECTS.findall(run.output))
    mebibytes = [f"{run.peaks.get(part, 0) / 2**20:.0f}" for part in PARTS]
    seconds = (f"{run.seconds:.1f}", f"{run.seconds / size:.2f}")
    section.rows.append((str(size), what, *seconds, ratio, str(resources), *mebibytes))
