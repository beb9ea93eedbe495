"""How our program grows: many workspaces in one program, against as many bare charts."""

import re
from pathlib import Path

from components.intent import resolve
from components.values import helm_values
from tools.bench.measured import PARTS, Measured
from tools.bench.room import Room
from tools.bench.speed import ENGINE, INPUTS, PREVIEW, UP
from tools.figures import Section
from tools.simulation.workspace import OWN_CHART

WORKSPACES, CHARTS = "workspaces", "charts"
SIZES = (1, 10, 50, 200)
DEPLOYED = 10
"""Up to this size they are deployed, too. At each step of an `up` the engine writes its whole
state, whatever the program is, and the simulated cluster has addresses for the Services of 36."""
COMMAND = "make torture"
_OBJECTS = re.compile(r"^\s+[+~]? ?(\d+) (?:to create|created|unchanged)", re.MULTILINE)


def load(folder: Path, sizes: tuple[int, ...] = SIZES, deployed: int = DEPLOYED) -> Section:
    """A preview for each number of workspaces; up to `deployed` an `up` and a second preview."""
    parts = [f"{part}, MiB" for part in PARTS]
    columns = ("workspaces", "what", "seconds", "each", "ours : charts", "resources", *parts)
    section = Section("Load", COMMAND, columns, named_by=2)
    for size in sizes:
        room = Room(folder / f"room-{size}")
        try:
            room.prepare(WORKSPACES, CHARTS)
            _measure(room, size, section, deployed=size <= deployed)
        finally:
            room.cluster.down()
    return section


def _measure(room: Room, size: int, section: Section, *, deployed: bool) -> None:
    for name in (WORKSPACES, CHARTS):
        _give(room, name, size)
    bare = room.run(CHARTS, *ENGINE[PREVIEW]).seconds
    _row(section, size, "first preview", room.run(WORKSPACES, *ENGINE[PREVIEW]), bare)
    if not deployed:
        return
    _row(section, size, "first `up`", room.run(WORKSPACES, *ENGINE[UP]), None)
    _row(section, size, "preview, unchanged", room.run(WORKSPACES, *ENGINE[PREVIEW]), None)


def _give(room: Room, name: str, size: int) -> None:
    """Tells a program in which namespaces it has to run something."""
    namespaces = [f"{name}-{i}" for i in range(size)]
    inputs = {**INPUTS, "chart": {"path": str(OWN_CHART)}}
    intent = resolve(inputs)
    given = {"inputs": inputs} if name == WORKSPACES else {"values": helm_values(intent)}
    place = {"release": intent.release, "chart": str(OWN_CHART)}
    room.give(name, {"namespaces": namespaces, **place, **given})


def _row(section: Section, size: int, what: str, run: Measured, bare: float | None) -> None:
    ratio = "" if bare is None else f"{run.seconds / bare:.2f}"
    resources = sum(int(number) for number in _OBJECTS.findall(run.output))
    mebibytes = [f"{run.peaks.get(part, 0) / 2**20:.0f}" for part in PARTS]
    seconds = (f"{run.seconds:.1f}", f"{run.seconds / size:.2f}")
    section.rows.append((str(size), what, *seconds, ratio, str(resources), *mebibytes))
