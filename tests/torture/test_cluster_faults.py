"""The control plane away in the middle of `up`: it ends, and the next one converges."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.killable_update import Run, differences, ready, same
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
"""Seconds beyond the configured ones in which an `up` has to end."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of its own: what is killed or paused is away for everybody."""
    cluster = Cluster(tmp_path / "cluster")
    cluster.up()
    yield cluster
    cluster.down()


def _api_server_away(cluster: Cluster) -> None:
    cluster.kill("kube-apiserver")
    time.sleep(AWAY)
    cluster.up()


def _etcd_paused(cluster: Cluster) -> None:
    cluster.pause("etcd")
    time.sleep(PAUSED)
    for process in processes.of(cluster.kubeconfig.parent / ".kwok"):
        if process.program == "etcd":
            os.kill(process.pid, signal.SIGCONT)


FAULTS: dict[str, Callable[[Cluster], None]] = {
    f"API server away for {AWAY:.0f} s": _api_server_away,
    f"etcd paused for {PAUSED:.0f} s": _etcd_paused,
}


@pytest.mark.parametrize("what", list(FAULTS) if LONG else list(FAULTS)[:1])
def test_an_up_that_loses_the_control_plane_ends_and_the_next_one_converges(
    tmp_path: Path, own: Cluster, figure: Figure, what: str
) -> None:
    program = Program(tmp_path, own)
    program.configure(timeoutSeconds=TIMEOUT)
    program.stack()
    run = Run(program)
    try:
        while run.working and " created (" not in run.output:
            time.sleep(0.005)  # until it makes objects
        FAULTS[what](own)
        status = run.wait(TIMEOUT + MARGIN)
        seconds = run.seconds
    finally:
        run.end()
    assert status in (0, 255, 1), run.output
    assert status == 0 or "error: " in run.output
    assert deploy(program.workspace, "test") == 0
    assert differences(program) == []
    assert same(program) == ""
    assert sum(map(len, ready(own, program.namespace).values())) == 8
    word = "succeeded" if status == 0 else "failed"
    ended = f"that `up` {word} after {seconds:.0f} s, and the next one converged"
    figure("Faults", f"{what} in a first deployment", ended)
