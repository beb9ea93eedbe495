"""What rehearsals foretell, compared with what then happens, on random clusters."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from components.kube.paths import collection_path
from tests.support.agreement import (
    RELEASE,
    Seen,
    foretell,
    foretell_scenario,
    happen,
    happen_drain,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.rehearse.read import read_cluster
from tools.rehearse.snapshot import ClusterSnapshot, Node, Pod
from tools.rehearse.twin import build, delay_readiness, node_object
from tools.report import ExitCode
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

CASES = 20 if LONG else 1
SIZES = ((50, 1500), (200, 6000)) if LONG else ((4, 60),)
"""Numbers of nodes and of pods."""
READY_TIMES = (0, 10) if LONG else (0,)
SEED = 17
READY_AFTER = 2.0
"""Seconds until a pod gets ready: long enough that no look misses it."""
SERVICES = ("ddpStreamer", "presence", "account")
ZONES = ("zone-a", "zone-b", "zone-c")


@dataclass
class Case:
    """A cluster, a workspace on it, and a change of it or a node to drain."""

    nodes: list[Node]
    others: dict[str, str]
    """The CPU that a pod of others requests on each node."""
    config: dict[str, Any]
    change: dict[str, Any] | None
    """None for a drain."""


def draw(random: Random) -> Case:
    nodes = [
        Node(
            name=f"node-{number}",
            labels={
                "kubernetes.io/hostname": f"node-{number}",
                "topology.kubernetes.io/zone": random.choice(ZONES),
            },
            taints=[],
            accepts_pods=True,
            allocatable={
                "cpu": str(random.randint(4, 8)),
                "memory": f"{random.randint(8, 32)}Gi",
                "pods": "110",
            },
        )
        for number in range(random.randint(3, 5))
    ]
    requests = {name: f"{random.randint(5, 15)}00m" for name in SERVICES}
    replicas = {name: random.randint(1, 2) for name in SERVICES}
    config = _config(replicas, requests)
    change = None
    if random.random() < 0.7:
        replicas = {name: random.randint(1, 6) for name in SERVICES}
        change = _config(replicas, requests)
        if random.random() < 0.5:
            change["image"] = {"tag": "8.6.2"}
    others = {node.name: f"{random.randint(0, 15)}00m" for node in nodes}
    return Case(nodes, others, config, change)


def _config(replicas: dict[str, int], cpu: dict[str, str]) -> dict[str, Any]:
    services = {name: {"resources": {"requests": {"cpu": cpu[name]}}} for name in cpu}
    return {"replicas": replicas, "services": services, "image": {"tag": "8.6.1"}}


@contextmanager
def running(case: Case, folder: Path) -> Iterator[Program]:
    """The cluster of a case, with its workspace and a pod of others on each node."""
    cluster = Cluster(folder / "cluster", [*map(node_object, range(99), case.nodes)])
    cluster.up()
    try:
        with cluster.api() as api:
            for node, cpu in case.others.items():
                container = {"name": "it", "image": "it", "resources": {"requests": {"cpu": cpu}}}
                pod = {
                    "metadata": {"name": f"of-others-{node}"},
                    "spec": {"nodeName": node, "containers": [container]},
                }
                api.send("POST", collection_path("v1", "Pod", "default"), pod)
            program = Program(folder, cluster)
            delay_readiness(api, program.namespace, RELEASE, {"": READY_AFTER})
        yield program
    finally:
        cluster.down()


def play(random: Random, folder: Path) -> tuple[Seen, Seen]:
    """Returns what a rehearsal foretold and what happened, in the first case drawn that runs."""
    for attempt in range(9):
        case = draw(random)
        with running(case, folder / str(attempt)) as program:
            program.configure(**case.config)
            if happen(program).stuck:
                continue
            if case.change is None:
                node = random.choice(case.nodes).name
                (outcome,) = foretell_scenario(
                    program, folder / "rehearsal", ready_after=READY_AFTER, drain=node
                )
                return Seen.of(outcome), happen_drain(program, node)
            outcome = foretell(
                program, folder / "rehearsal", ready_after=READY_AFTER, **case.change
            )
            return Seen.of(outcome), happen(program)
    raise AssertionError("no workspace ever fits")


@pytest.mark.timeout(CASES * 300)
def test_what_rehearsals_foretell_comes_true(tmp_path: Path, figure: Figure) -> None:
    pairs = [
        play(Random(f"{SEED}/{number}"), tmp_path / str(number))  # noqa: S311 - can be repeated
        for number in range(CASES)
    ]
    differences = [number for number, pair in enumerate(pairs) if pair[0] != pair[1]]
    print([(number, *pairs[number]) for number in differences])
    figure(
        "Rehearsals",
        f"{CASES} random clusters, each with a change or a drain, seed {SEED}: which services stay"
        " Pending and by how many pods, are short, or can't be evicted",
        f"{CASES - len(differences)} of {CASES} as foretold",
    )
    # Among nodes that are as good the scheduler chooses at random, and where the room is just
    # enough, pods then fit or don't.
    assert len(differences) <= CASES // 5


def large_cluster(number_of_nodes: int, number_of_pods: int) -> ClusterSnapshot:
    nodes = [
        Node(
            name=f"node-{number}",
            labels={"kubernetes.io/hostname": f"node-{number}"},
            taints=[],
            accepts_pods=True,
            allocatable={"cpu": "16", "memory": "64Gi", "pods": "110"},
        )
        for number in range(number_of_nodes)
    ]
    pods = [
        Pod(
            namespace=f"space-{number % 40}",
            name=f"pod-{number}",
            node=nodes[number % number_of_nodes].name,
            owner_kind="ReplicaSet",
            owner=f"owner-{number // 10}",
            labels={"app": f"owner-{number // 10}"},
            requests={"cpu": "200m", "memory": "256Mi"},
            host_ports=[],
            scheduling={},
        )
        for number in range(number_of_pods)
    ]
    return ClusterSnapshot(nodes, pods, [])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", SIZES)
def test_a_large_cluster_is_rebuilt_as_it_is(
    size: tuple[int, int], tmp_path: Path, figure: Figure
) -> None:
    snapshot = large_cluster(*size)
    started = time.perf_counter()
    cluster = build(tmp_path / "twin", snapshot)
    built = time.perf_counter()
    try:
        with cluster.api() as api:
            read = read_cluster(api, "chat", RELEASE)
    finally:
        cluster.down()
    what = f"{size[0]} nodes and {size[1]} pods: built as a twin, and read"
    done = time.perf_counter()
    figure("Rehearsals", what, f"{built - started:.0f} s and {done - built:.1f} s")
    assert {node.name for node in read.nodes} == {node.name for node in snapshot.nodes}
    placed = {(pod.namespace, pod.name): pod.node for pod in read.pods}
    assert placed == {(pod.namespace, pod.name): pod.node for pod in snapshot.pods}


@pytest.mark.parametrize("ready_after", READY_TIMES)
def test_a_rehearsal_takes_some_seconds_more_than_the_update_on_the_twin(
    ready_after: float, program: Program, tmp_path: Path, figure: Figure
) -> None:
    program.up(replicas={"ddpStreamer": 2}, image={"tag": "8.6.1"})
    started = time.perf_counter()
    outcome = foretell(
        program, tmp_path / "rehearsal", ready_after=ready_after, image={"tag": "8.6.2"}
    )
    seconds = time.perf_counter() - started
    assert outcome.exit_code is ExitCode.CHANGES
    what = f"another image, three nodes, pods ready after {ready_after} s: the update on the twin,"
    figure(
        "Rehearsals",
        f"{what} and the rehearsal with all that it takes",
        f"{outcome.observation.last.seconds:.0f} s and {seconds:.0f} s",
    )
