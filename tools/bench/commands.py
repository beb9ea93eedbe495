"""Measures the commands that run Pulumi on the simulated cluster, and what they add to its time."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from tools.bench.measure import measure
from tools.bench.sandbox import OURS, copy_checkout
from tools.bench.speed import COMMAND, ENGINE_ARGUMENTS, PREVIEW, UP, Seconds, comparison
from tools.figures import Section
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import Simulation

ENGINE = "engine"
"""Pulumi itself, in place of a command that runs it."""
STACK = ("--stack", "dev")


def measure_commands(folder: Path, rounds: int) -> list[Section]:
    """Measures what a person does once, and commands in `rounds` rounds with Pulumi itself."""
    once = Section("Speed, once", COMMAND, ("what", "seconds"))
    columns = ("what", "seconds", "pulumi itself, s", "ours : pulumi", "ours - pulumi, s")
    commands = Section("Speed, commands", COMMAND, columns)
    cluster = Cluster(folder / "once")
    begin = time.perf_counter()
    try:
        cluster.up()
        once.rows.append(("cluster ready from nothing", f"{time.perf_counter() - begin:.1f}"))
    finally:
        cluster.down()
    checkout = copy_checkout(folder / "make")
    try:
        once.rows.append(("`make up` from nothing", f"{_make(checkout, UP):.1f}"))
        _make(checkout, "env")
        simulation = Simulation(checkout)
        for what, measured in (
            ("`make up` with nothing to do", _make_up),
            ("`pulumi version` in the shell of `make env`", _version),
            ("`pulumi preview` there", _preview),
        ):
            commands.rows.append(
                (what, *comparison([measured(simulation) for _ in range(rounds)], ENGINE))
            )
    finally:
        _make(checkout, "down")
    return [once, commands]


def _make_up(simulation: Simulation) -> Seconds:
    return {
        OURS: _make(simulation.checkout, UP),
        ENGINE: _pulumi(simulation, *ENGINE_ARGUMENTS[UP], "--suppress-outputs", *STACK),
    }


def _version(simulation: Simulation) -> Seconds:
    return {OURS: _shell(simulation, "version"), ENGINE: _pulumi(simulation, "version")}


def _preview(simulation: Simulation) -> Seconds:
    arguments = (*ENGINE_ARGUMENTS[PREVIEW], *STACK)
    return {OURS: _shell(simulation, *arguments), ENGINE: _pulumi(simulation, *arguments)}


def _make(checkout: Path, target: str) -> float:
    """How many seconds `make` takes in a copy of the checkout."""
    return measure(["make", "-s", target], checkout, os.environ).seconds


def _shell(simulation: Simulation, *arguments: str) -> float:
    """How many seconds `pulumi` takes in the checkout, in a shell of `make env`."""
    command: list[str | Path] = [simulation.folders.bin / "pulumi", *arguments]
    return measure(command, simulation.checkout, _environment(simulation)).seconds


def _pulumi(simulation: Simulation, *arguments: str) -> float:
    """How many seconds Pulumi itself takes in the simulated project."""
    command: list[str | Path] = [simulation.folders.pulumi, *arguments]
    return measure(command, simulation.project_folder, _environment(simulation)).seconds


def _environment(simulation: Simulation) -> Mapping[str, str]:
    return {**os.environ, **simulation.shell_environment()}
