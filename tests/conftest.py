"""Fixtures of tests in several folders, and how tests are distributed over processes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.program import Program
    from tools.simulation.cluster import Cluster

# What most tests don't need is imported only in the fixtures.

SLOWEST = (
    "tests/docs/test_commands.py",
    "tests/torture/test_configs.py",
    "tests/torture/test_kills.py",
    "tests/tools/simulation/test_cluster.py",
    "tests/torture",
    "tests/engine/test_adopt.py",
    "tests/engine/test_make.py",
    "tests/engine/test_install.py",
)
"""Files or folders to begin with, so that no process is left with them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the slowest tests first, and keeps those together that share what a file prepares.

    Tests with the engine share nothing but the cluster of their process, and each goes to the
    process that is free, unless the file says otherwise by a group of its own.
    """
    for item in items:
        file = _file(item)
        if not any(map(item.get_closest_marker, ("engine", "xdist_group"))):
            item.add_marker(pytest.mark.xdist_group(file))
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    matching = (rank for rank, path in enumerate(SLOWEST) if _file(item).startswith(path))
    return next(matching, len(SLOWEST))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


# No test depends on hosts elsewhere; `make test` has the tools by now.
os.environ.setdefault("TOOLS", "build")


@pytest.fixture(scope="session")
def helm() -> str:
    """The path of Helm, which is obtained if need be."""
    from tools.toolchain import ensure  # noqa: PLC0415

    return str(ensure(["helm"])["helm"])


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A simulated cluster, which all tests of this process share."""
    from tools.simulation.cluster import Cluster  # noqa: PLC0415

    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture
def program(tmp_path: Path, cluster: Cluster) -> Program:
    """A program with a stack of its own. What it deploys is removed with the cluster."""
    from tests.support.program import Program  # noqa: PLC0415

    return Program(tmp_path, cluster)
