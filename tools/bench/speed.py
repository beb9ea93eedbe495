"""Measures how long the program takes, compared with others that do the same.

The programs run alternately on one machine, so that a busy machine slows all of them down.
"""

import statistics
from collections.abc import Mapping, Sequence

from components.chart.values import helm_values
from components.inputs.resolve import resolve
from tools.bench.sandbox import HELM, OURS, Sandbox
from tools.figures import Section
from tools.simulation.simulation import SIMULATION_CHART

PROGRAMS = (OURS, "chart", "release", "empty")
INPUTS = {"host": "chat.example.com", "mongodb_secret": "chat-mongodb", "namespace": "bench"}
COMMAND = "make bench"
UP, PREVIEW = "up", "preview"
ENGINE_ARGUMENTS = {UP: (UP, "--yes", "--skip-preview"), PREVIEW: (PREVIEW,)}

Seconds = Mapping[str, float]
"""How long each program took in one round."""


def measure_compared(sandbox: Sandbox, rounds: int) -> Section:
    """Measures the ratios of this program to the others, in `rounds` rounds."""
    sandbox.prepare(*PROGRAMS)
    sandbox.create_namespace("bench-chart")
    programs = (*PROGRAMS, HELM)
    _scale(sandbox, 1)
    first = [{program: _seconds(sandbox, program, UP) for program in programs}]
    previewing = programs if sandbox.has_helm_diff() else PROGRAMS
    unchanged = [
        {program: _seconds(sandbox, program, PREVIEW) for program in previewing}
        for _ in range(rounds)
    ]
    scaled = []
    for replicas in range(2, rounds + 2):
        _scale(sandbox, replicas)
        scaled.append({program: _seconds(sandbox, program, UP) for program in programs})
    others = programs[1:]
    columns = ("what", "ours, s", *(f"ours : {program}" for program in others))
    section = Section("Speed, compared", COMMAND, columns)
    for case, times in (
        ("first `up`; `helm upgrade --install --wait`", first),
        ("preview, nothing changed; `helm diff upgrade`", unchanged),
        ("`up`, one service scaled; `helm upgrade --wait`", scaled),
    ):
        ours = f"{statistics.median(seconds[OURS] for seconds in times):.1f}"
        section.rows.append((case, ours, *(ratio(times, program) for program in others)))
    return section


def ratio(rounds: Sequence[Seconds], program: str) -> str:
    """Returns our time divided by another program's: the median, and the range of several."""
    if program not in rounds[0]:
        return "not installed"
    ratios = sorted(seconds[OURS] / seconds[program] for seconds in rounds)
    median = f"{statistics.median(ratios):.2f}"
    return f"{median} ({ratios[0]:.2f} to {ratios[-1]:.2f})" if len(ratios) > 1 else median


def comparison(rounds: Sequence[Seconds], program: str) -> tuple[str, ...]:
    """Returns our seconds, another program's, their ratio, and what ours takes more."""
    ours, others = ([seconds[name] for seconds in rounds] for name in (OURS, program))
    added = sorted(own - other for own, other in zip(ours, others, strict=True))
    return (
        f"{statistics.median(ours):.2f}",
        f"{statistics.median(others):.2f}",
        ratio(rounds, program),
        f"{statistics.median(added):.2f} ({added[0]:.2f} to {added[-1]:.2f})",
    )


def _scale(sandbox: Sandbox, replicas: int) -> None:
    """Sets the replicas of presence for each program, which all use a namespace of their own."""
    inputs = {**INPUTS, "replicas": {"presence": replicas}}
    sandbox.configure(inputs)
    spec = resolve(inputs)
    values = helm_values(spec)
    sandbox.write_parameters(HELM, values)
    for program in ("chart", "release"):
        parameters = {
            "release": spec.release,
            "namespace": f"bench-{program}",
            "chart": str(SIMULATION_CHART),
            "values": values,
        }
        sandbox.write_parameters(program, parameters)


def _seconds(sandbox: Sandbox, program: str, command: str) -> float:
    if program != HELM:
        return sandbox.run(program, *ENGINE_ARGUMENTS[command]).seconds
    upgrade = ("upgrade", "--install", "--create-namespace", "--wait")
    words = upgrade if command == UP else ("diff", "upgrade")
    options = ("--namespace", "bench-helm", "--values", str(sandbox.parameters_file(HELM)))
    return sandbox.run(HELM, *words, "chat", str(SIMULATION_CHART), *options).seconds
