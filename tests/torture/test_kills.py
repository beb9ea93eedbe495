"""`pulumi up` killed at any moment: the next one, as `make up` runs it, converges by itself."""

import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path

import pytest

from components.services import SERVICES
from tests.support.killable_update import (
    PROCESSES,
    UP,
    Update,
    delete_namespace,
    ready_pods,
    state_differences,
    unexpected_changes,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

SEED = int(os.environ.get("TORTURE_SEED") or random.SystemRandom().randrange(10**6))
"""The seed of the moments; a failed test prints it, so that they can be repeated."""
FIRST, UPGRADE = "a first deployment", "an upgrade"
KILLS = {FIRST: 30, UPGRADE: 30} if LONG else {FIRST: 3, UPGRADE: 1}
CONFIGS: dict[str, dict[str, object]] = {
    FIRST: {"image": {"tag": "8.6.1"}},
    UPGRADE: {"image": {"tag": "8.6.2"}, "replicaCount": 2},
}
RUNNING = {service.kebab_name for service in SERVICES}


@pytest.fixture
def programs(tmp_path: Path, cluster: Cluster) -> Iterator[Program]:
    """Any number of programs, each with a namespace of its own."""
    return (Program(tmp_path / str(number), cluster) for number in range(1000))


def test_the_next_up_after_any_kill_converges(programs: Iterator[Program], figure: Figure) -> None:
    draw = random.Random(SEED)  # noqa: S311 - moments for a test
    durations = _undisturbed_durations(next(programs))
    remaining = {change: list(islice(cycle(PROCESSES), number)) for change, number in KILLS.items()}
    killed = {change: Counter[str]() for change in KILLS}
    failures = []
    while any(remaining.values()):
        program = next(programs)
        for change in filter(remaining.get, remaining):
            if change == UPGRADE and not remaining[FIRST]:
                program.up(**CONFIGS[FIRST])
            process = remaining[change][0]
            moment = draw.uniform(0, durations[change])
            was_killed, problems = _kill_and_repeat(program, change, process, moment)
            if problems:
                failures.append(f"{process} in {change} at {moment:.2f} s: {problems}")
            if was_killed or problems:
                killed[change][process] += 1
                remaining[change].pop(0)
            else:
                durations[change] *= 0.8  # It had ended: the machine is less busy by now.
            if problems:
                break
        delete_namespace(program)
    assert not failures, f"TORTURE_SEED={SEED}\n" + "\n".join(failures)
    for change, kills in killed.items():
        by_process = ", ".join(f"{process} {number}" for process, number in kills.items())
        number = kills.total()
        result = f"{number} of {number} converged by the next up ({by_process}), seed {SEED}"
        figure("Faults", f"`pulumi up` killed in {change}", result)


def _undisturbed_durations(program: Program) -> dict[str, float]:
    """Returns the seconds that each change takes when nothing is killed."""
    durations = {}
    for change, config in CONFIGS.items():
        program.configure(**config)
        program.stack()
        update = Update(program)
        assert update.wait() == 0, update.output
        durations[change] = update.seconds
    delete_namespace(program)
    return durations


def _kill_and_repeat(
    program: Program, change: str, process: str, moment: float
) -> tuple[bool, list[str]]:
    """Kills a process of an update, and repeats the update as `make up` does.

    Returns:
        Whether the process was killed before the update ended, and what is wrong afterwards.
    """
    program.configure(**CONFIGS[change])
    program.stack()
    update = Update(program)
    try:
        was_killed = update.kill_after(process, moment)
        # A person sees the command end; its other processes may live on beside the next one.
        update.wait()
        status = deploy(program.simulation, "test")
        if status:
            return was_killed, [f"the next up ended with {status}"]
        problems = [*state_differences(program), *filter(None, [unexpected_changes(program)])]
    finally:
        update.kill_all()
    return was_killed, problems + _wrong_pod_counts(program, CONFIGS[change])


def _wrong_pod_counts(program: Program, config: Mapping[str, object]) -> list[str]:
    """Returns the services that don't have the desired number of ready pods."""
    replicas = 2 if "replicaCount" in config else 1
    pods = ready_pods(program.cluster, program.namespace)
    desired = {f"chat-{name}": 2 if name == "nats" else replicas for name in RUNNING}
    desired["chat-nats-box"] = 1
    return [
        f"{name}: {len(pods.get(name, ()))} of {desired.get(name, 0)} ready"
        for name in sorted(desired.keys() | pods.keys())
        if len(pods.get(name, ())) != desired.get(name, 0)
    ]


@pytest.mark.skipif(not LONG, reason="the same kill, with the commands of a person without make")
def test_a_plain_up_after_a_kill_behaves_as_the_readme_says(programs: Iterator[Program]) -> None:
    """Without `make`, a person has a lock to cancel, and then nothing to repair."""
    program = next(programs)
    program.configure(**CONFIGS[FIRST])
    program.stack()
    update = Update(program)
    update.wait_until_it_creates_objects()
    assert update.kill("engine")
    update.wait()
    update.kill_all()
    locked = program.run(*UP)
    assert locked.returncode != 0
    assert "pulumi cancel" in locked.stderr + locked.stdout
    assert program.run("cancel", "--yes", "test").returncode == 0
    assert program.run(*UP).returncode == 0
    assert unexpected_changes(program) == ""
    clear = ("--clear-pending-creates", "--yes", "--skip-preview", "--stack", "test")
    assert program.run("refresh", *clear).returncode == 0
    assert state_differences(program) == []
    delete_namespace(program)
