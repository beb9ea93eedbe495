"""Fixtures for tests that drive the real engine on the simulated cluster."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Program
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import FOREIGN


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture
def program(tmp_path: Path, cluster: Cluster) -> Program:
    """What it deploys is removed with the cluster."""
    return Program(tmp_path, cluster)


@pytest.fixture(autouse=True)
def no_foreign_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of a person's leads the engine to their own stacks and clusters."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
