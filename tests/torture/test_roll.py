"""What people notice when ddp-streamer is rolled, measured with real WebSockets."""

import asyncio
import math
from collections.abc import Callable

import pytest

from components.kube.objects import nested_map
from components.manifests.workloads import find_workload
from components.services import DDP_STREAMER
from tests.support.kubelet.fixtures import MakePod, Workspace
from tests.support.kubelet.people import People
from tests.support.kubelet.pod import Pod
from tests.support.torture import LONG, Figure
from tests.support.waiting import wait_for

pytestmark = pytest.mark.bus

INSTANCES, PEOPLE = (8, 800) if LONG else (4, 40)
SEED = 16


def test_people_are_served_until_the_end_of_the_drain_and_come_back_at_once(
    workspace: Workspace, make_pod: MakePod, figure: Figure
) -> None:
    spec, objects = workspace
    workload = find_workload(objects, DDP_STREAMER, spec.release)
    rolling = nested_map(workload, "spec", "strategy", "rollingUpdate")
    assert rolling["maxUnavailable"] == 0
    surge = math.ceil(int(rolling["maxSurge"].removesuffix("%")) / 100 * INSTANCES)
    # `asyncio.run` would leave the thread without the loop that Pulumi's Outputs need.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        roll = _roll(lambda: make_pod(workspace, DDP_STREAMER), surge)
        steps, people = runner.run(roll)
    assert len(steps) == math.ceil(INSTANCES / surge)
    for number, disconnected in enumerate(steps, 1):
        what = f"{INSTANCES} instances, {PEOPLE} people: step {number} of {len(steps)}"
        figure("A roll of ddp-streamer", what, f"{disconnected} people disconnected, each once")
    most, total = max(people), sum(people)
    figure(
        "A roll of ddp-streamer",
        f"{INSTANCES} instances, {PEOPLE} people: the whole roll",
        f"{total} disconnections, {total / PEOPLE:.1f} for each person, at most {most}; all were"
        " served until the drain's end and connected again at the first attempt",
    )


async def _roll(make: Callable[[], Pod], surge: int) -> tuple[list[int], list[int]]:
    """Replaces every instance as a Deployment does, `surge` at a time.

    Returns how many people were disconnected at each step, and how often each person was.
    """
    old = [await _ready(make) for _ in range(INSTANCES)]
    endpoints = [pod.host for pod in old]
    steps = []
    async with People(PEOPLE, endpoints, DDP_STREAMER.port, SEED) as people:
        while old:
            ending, old = old[:surge], old[surge:]
            endpoints += [(await _ready(make)).host for _ in ending]
            hosts = [pod.host for pod in ending]
            for host in hosts:
                endpoints.remove(host)
            theirs = people.at(hosts)
            before = people.disconnected()
            await asyncio.gather(*map(_drain, ending))
            # A proxy that hasn't heard of the end yet still leads people there.
            late = people.new(hosts)
            await late.wait_until_connected()
            served = await asyncio.gather(*(person.is_served() for person in [*theirs, late]))
            assert all(served)
            assert people.disconnected() == before
            await late.leave()
            for pod in ending:
                await asyncio.to_thread(pod.end)
                assert pod.exit_code == 0
            await _disconnected(people, before + len(theirs))
            await people.wait_until_connected()
            steps.append(people.disconnected() - before)
            assert steps[-1] == len(theirs)
        return steps, [person.disconnected for person in people.all]


async def _ready(make: Callable[[], Pod]) -> Pod:
    pod = await asyncio.to_thread(make)
    await asyncio.to_thread(pod.run, 10)
    assert pod.ready
    return pod


async def _drain(pod: Pod) -> None:
    before = pod.now
    pod.drain()
    assert pod.now > before
    if LONG:
        await asyncio.sleep(pod.now - before)


async def _disconnected(people: People, number: int) -> None:
    failure = f"there weren't {number} disconnections"
    await asyncio.to_thread(wait_for, lambda: people.disconnected() >= number, failure)
