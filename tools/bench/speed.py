"""How long our program takes, against others that do the same, run in turn on one machine.

What is compared runs alternately, so that a busy machine slows down all.
"""

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.chart.values import helm_values
from components.inputs.spec import resolve
from tools.bench.measured import measured
from tools.bench.sandbox import HELM, OURS, Room, copy_of_checkout
from tools.figures import Section
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import OWN_CHART

PROGRAMS = (OURS, "chart", "release", "empty")
INPUTS = {"host": "chat.example.com", "mongodb_secret": "chat-mongodb", "namespace": "bench"}
COMMAND = "make bench"
UP, PREVIEW = "up", "preview"
ENGINE = {UP: (UP, "--yes", "--skip-preview"), PREVIEW: (PREVIEW,)}
"""The engine's arguments for each of the two."""

Seconds = Mapping[str, float]
"""How long each of those compared took in one round."""


def once(folder: Path) -> Section:
    """What is done once, by the second."""
    section = Section("Speed, once", COMMAND, ("what", "seconds"))
    cluster = Cluster(folder / "once")
    begun = time.perf_counter()
    try:
        cluster.up()
        section.rows.append(("cluster ready from nothing", f"{time.perf_counter() - begun:.1f}"))
    finally:
        cluster.down()
    checkout = copy_of_checkout(folder / "make")
    try:
        for what in ("from nothing", "with nothing to do"):
            section.rows.append((f"`make up` {what}", f"{_make(checkout, 'up'):.1f}"))
    finally:
        _make(checkout, "down")
    return section


def compared(room: Room, rounds: int) -> Section:
    """Ratios of our program to the others, `rounds` of each."""
    room.prepare(*PROGRAMS)
    room.make_namespace("bench-chart")
    programs = (*PROGRAMS, HELM)
    _scale(room, 1)
    first = [{name: _seconds(room, name, UP) for name in programs}]
    previewing = programs if room.has_helm_diff() else PROGRAMS
    unchanged = [
        {name: _seconds(room, name, PREVIEW) for name in previewing} for _ in range(rounds)
    ]
    scaled = []
    for presences in range(2, rounds + 2):
        _scale(room, presences)
        scaled.append({name: _seconds(room, name, UP) for name in programs})
    others = programs[1:]
    columns = ("what", "ours, s", *(f"ours : {name}" for name in others))
    section = Section("Speed, compared", COMMAND, columns)
    for what, each in (
        ("first `up`; `helm upgrade --install --wait`", first),
        ("preview, nothing changed; `helm diff upgrade`", unchanged),
        ("`up`, one service scaled; `helm upgrade --wait`", scaled),
    ):
        ours = f"{statistics.median(seconds[OURS] for seconds in each):.1f}"
        section.rows.append((what, ours, *(ratio(each, name) for name in others)))
    return section


def ratio(rounds: Sequence[Seconds], name: str) -> str:
    """Ours to that of `name`: the median, and the least and the most of several."""
    if name not in rounds[0]:
        return "not installed"
    ratios = sorted(each[OURS] / each[name] for each in rounds)
    median = f"{statistics.median(ratios):.2f}"
    return f"{median} ({ratios[0]:.2f} to {ratios[-1]:.2f})" if len(ratios) > 1 else median


def _scale(room: Room, presences: int) -> None:
    """Asks each for so many instances of presence, in a namespace for each."""
    inputs = {**INPUTS, "replicas": {"presence": presences}}
    room.configure(inputs)
    intent = resolve(inputs)
    values = helm_values(intent)
    room.give(HELM, values)
    for name in ("chart", "release"):
        given = {"release": intent.release, "namespace": f"bench-{name}", "chart": str(OWN_CHART)}
        room.give(name, {**given, "values": values})


def _seconds(room: Room, name: str, what: str) -> float:
    if name != HELM:
        return room.run(name, *ENGINE[what]).seconds
    command = ("upgrade", "--install", "--create-namespace", "--wait")
    words = command if what == UP else ("diff", "upgrade")
    place = ("--namespace", "bench-helm", "--values", str(room.values(HELM)))
    return room.run(HELM, *words, "chat", str(OWN_CHART), *place).seconds


def _make(folder: Path, target: str) -> float:
    """How long `make` takes in a copy of the checkout."""
    return measured(["make", "-s", target], folder, os.environ).seconds
