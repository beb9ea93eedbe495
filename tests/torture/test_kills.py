"""`pulumi up` killed at any moment: the next one, as `make up` runs it, converges by itself."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.support.killable_update import PARTS, UP, Run, differences, forget, ready, same
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

SEED = int(os.environ.get("TORTURE_SEED") or random.SystemRandom().randrange(10**6))
"""Draws the moments; one that was printed repeats them."""
FIRST, UPGRADE = "a first deployment", "an upgrade"
KILLS = {FIRST: 30, UPGRADE: 30} if LONG else {FIRST: 3, UPGRADE: 1}
CONFIGS: dict[str, dict[str, object]] = {
    FIRST: {"image": {"tag": "8.6.1"}},
    UPGRADE: {"image": {"tag": "8.6.2"}, "replicaCount": 2},
}
RUNNING = {"account", "authorization", "ddp-streamer", "nats", "presence", "rocketchat"}


@pytest.fixture
def programs(tmp_path: Path, cluster: Cluster) -> Iterator[Program]:
    """As many as are asked for, each in a namespace of its own."""
    return (Program(tmp_path / str(number), cluster) for number in range(1000))


def test_after_any_kill_the_next_up_converges(programs: Iterator[Program], figure: Figure) -> None:
    draw = random.Random(SEED)  # noqa: S311 - a test draws its moments
    whole = _undisturbed(next(programs))
    left = {what: list(islice(cycle(PARTS), number)) for what, number in KILLS.items()}
    killed = {what: Counter[str]() for what in KILLS}
    failed = []
    while any(left.values()):
        program = next(programs)
        for what in filter(left.get, left):
            if what == UPGRADE and not left[FIRST]:
                program.up(**CONFIGS[FIRST])
            moment = draw.uniform(0, whole[what])
            hit, wrong = _killed(program, what, left[what][0], moment)
            if wrong:
                failed.append(f"{left[what][0]} in {what} at {moment:.2f} s: {wrong}")
            if hit or wrong:
                killed[what][left[what].pop(0)] += 1
            else:
                whole[what] *= 0.8  # it had ended: the machine is less busy by now
            if wrong:
                break
        forget(program)
    assert not failed, f"TORTURE_SEED={SEED}\n" + "\n".join(failed)
    for what, each in killed.items():
        told = ", ".join(f"{part} {number}" for part, number in each.items())
        number = each.total()
        converged = f"{number} of {number} converged by the next up ({told}), seed {SEED}"
        figure("Faults", f"`pulumi up` killed in {what}", converged)


def _undisturbed(program: Program) -> dict[str, float]:
    """How long each takes when nobody kills anything."""
    seconds = {}
    for what, config in CONFIGS.items():
        program.configure(**config)
        program.stack()
        run = Run(program)
        assert run.wait() == 0, run.output
        seconds[what] = run.seconds
    forget(program)
    return seconds


def _killed(program: Program, what: str, part: str, moment: float) -> tuple[bool, list[str]]:
    """Whether `part` was killed, and what isn't as it should be after `make up` has run."""
    program.configure(**CONFIGS[what])
    program.stack()
    run = Run(program)
    try:
        hit = run.kill_at(part, moment)
        # A person sees the command end. What it started may live on, beside the next one.
        run.wait()
        status = deploy(program.workspace, "test")
        if status:
            return hit, [f"the next up ended with {status}"]
        wrong = [*differences(program), *filter(None, [same(program)])]
    finally:
        run.end()
    return hit, wrong + _misnumbered(program, CONFIGS[what])


def _misnumbered(program: Program, config: Mapping[str, object]) -> list[str]:
    """The services that have another number of ready pods than asked for."""
    number = 2 if "replicaCount" in config else 1
    pods = ready(program.cluster, program.namespace)
    asked = {f"chat-{name}": 2 if name == "nats" else number for name in RUNNING}
    asked["chat-nats-box"] = 1
    return [
        f"{name}: {len(pods.get(name, ()))} of {asked.get(name, 0)} ready"
        for name in sorted(asked.keys() | pods.keys())
        if len(pods.get(name, ())) != asked.get(name, 0)
    ]


@pytest.mark.skipif(not LONG, reason="the same kill, with the commands of a person without make")
def test_a_plain_up_after_a_kill_says_what_the_readme_says(programs: Iterator[Program]) -> None:
    """The way of a person without `make`: a lock to cancel, and then nothing to mend."""
    program = next(programs)
    program.configure(**CONFIGS[FIRST])
    program.stack()
    run = Run(program)
    while run.working and " created (" not in run.output:
        time.sleep(0.005)  # until it makes objects
    assert run.kill("engine")
    run.wait()
    run.end()
    locked = program.run(*UP)
    assert locked.returncode != 0
    assert "pulumi cancel" in locked.stderr + locked.stdout
    assert program.run("cancel", "--yes", "test").returncode == 0
    assert program.run(*UP).returncode == 0
    assert same(program) == ""
    cleared = ("--clear-pending-creates", "--yes", "--skip-preview", "--stack", "test")
    assert program.run("refresh", *cleared).returncode == 0
    assert differences(program) == []
    forget(program)
