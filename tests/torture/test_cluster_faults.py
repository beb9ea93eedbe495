"""A control plane that goes away during `up`: the command ends, and the next one converges."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.killable_update import (
    Update,
    ready_pods,
    state_differences,
    unexpected_changes,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation import processes
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

AWAY = 10.0 if LONG else 3.0
PAUSED = 20.0
TIMEOUT = 60
MARGIN = 60
"""Seconds after the configured timeout in which an `up` has to end."""


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster for this test alone, since its processes are killed and paused."""
    cluster = Cluster(tmp_path / "cluster")
    cluster.up()
    yield cluster
    cluster.down()


def _restart_api_server(cluster: Cluster) -> None:
    cluster.kill("kube-apiserver")
    time.sleep(AWAY)
    cluster.up()


def _pause_etcd(cluster: Cluster) -> None:
    cluster.pause("etcd")
    time.sleep(PAUSED)
    for process in processes.in_folder(cluster.kubeconfig.parent / ".kwok"):
        if process.program == "etcd":
            os.kill(process.pid, signal.SIGCONT)


FAULTS: dict[str, Callable[[Cluster], None]] = {
    f"API server away for {AWAY:.0f} s": _restart_api_server,
    f"etcd paused for {PAUSED:.0f} s": _pause_etcd,
}


@pytest.mark.parametrize("fault", list(FAULTS) if LONG else list(FAULTS)[:1])
def test_an_up_without_a_control_plane_ends_and_the_next_one_converges(
    tmp_path: Path, own_cluster: Cluster, figure: Figure, fault: str
) -> None:
    program = Program(tmp_path, own_cluster)
    program.configure(timeoutSeconds=TIMEOUT)
    program.stack()
    update = Update(program)
    try:
        update.wait_until_it_creates_objects()
        FAULTS[fault](own_cluster)
        status = update.wait(TIMEOUT + MARGIN)
        seconds = update.seconds
    finally:
        update.kill_all()
    assert status in (0, 255, 1), update.output
    assert status == 0 or "error: " in update.output
    assert deploy(program.simulation, "test") == 0
    assert state_differences(program) == []
    assert unexpected_changes(program) == ""
    assert sum(map(len, ready_pods(own_cluster, program.namespace).values())) == 10
    verb = "succeeded" if status == 0 else "failed"
    result = f"that `up` {verb} after {seconds:.0f} s, and the next one converged"
    figure("Faults", f"{fault} in a first deployment", result)
