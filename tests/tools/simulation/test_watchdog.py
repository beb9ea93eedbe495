"""A cluster whose folder is gone ends by itself, and no other does."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.linked_programs import LinkedPrograms, watchdogs
from tests.support.waiting import wait_for
from tools.errors import ToolError
from tools.simulation import processes, watchdog
from tools.simulation.cluster import Cluster
from tools.simulation.definition import COMPONENTS


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of a cluster, with a space and a character beyond ASCII in its path."""
    folder = tmp_path / "a c#éck-out" / ".kwok"
    create(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
    wait_for(lambda: not watchdogs(folder / "kwok.yaml"), "a watchdog is left")


def create(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "kwok.yaml").touch()


@pytest.mark.parametrize("moved", [False, True], ids=["deleted", "moved"])
def test_processes_end_once_their_folder_is_gone(
    folder: Path,
    tmp_path: Path,
    programs: LinkedPrograms,
    moved: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    # The path of the other one begins with the same characters.
    other = tmp_path / "a c#éck-out" / ".kwok2"
    other.mkdir()
    survivor, process = programs.run(other / "sleep"), programs.run(folder / "sleep")
    watchdog.start(folder / "kwok.yaml")
    if moved:
        folder.rename(tmp_path / "elsewhere")
    else:
        shutil.rmtree(folder)
    # As a controller manager does that has just been started.
    (folder / "volumes").mkdir(parents=True)
    assert process.wait(20) == -signal.SIGKILL
    wait_for(lambda: not watchdogs(folder / "kwok.yaml"), "the watchdog is left")
    assert survivor.poll() is None


def test_there_is_one_watchdog_and_a_killed_one_is_replaced(
    folder: Path, programs: LinkedPrograms
) -> None:
    process, definition = programs.run(folder / "sleep"), folder / "kwok.yaml"
    for _ in range(2):
        watchdog.start(definition)
        wait_for(lambda: len(watchdogs(definition)) == 1)
    (only,) = watchdogs(definition)
    only.kill()
    wait_for(lambda: not only.is_running())
    watchdog.start(definition)
    # Rewritten, as when a tool's version has changed, it is the same cluster.
    definition.write_text("another")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2 * watchdog.POLL_SECONDS)
    shutil.rmtree(folder)
    assert process.wait(20) == -signal.SIGKILL


def test_a_cluster_in_a_new_folder_of_the_same_path_stays(
    folder: Path, programs: LinkedPrograms
) -> None:
    definition = folder / "kwok.yaml"
    watchdog.start(definition)
    (first,) = watchdogs(definition)
    shutil.rmtree(folder)
    create(folder)
    process = programs.run(folder / "sleep")
    watchdog.start(definition)
    wait_for(lambda: not first.is_running(), "the first watchdog doesn't end")
    assert process.poll() is None
    (second,) = watchdogs(definition)
    assert second.pid != first.pid


def test_a_watchdog_that_cannot_start_is_an_error(folder: Path) -> None:
    with pytest.raises(ToolError, match="watchdog doesn't start: FileNotFoundError"):
        watchdog.start(folder / "nothing")


def test_a_file_that_cannot_be_read_is_not_gone(tmp_path: Path) -> None:
    assert watchdog.is_gone(tmp_path / "nothing")
    (tmp_path / "file").touch()
    assert watchdog.is_gone(tmp_path / "file" / "nothing")
    assert not watchdog.is_gone(tmp_path / "file")
    # Another error than that there is no such file.
    assert not watchdog.is_gone(tmp_path / ("long" * 100))


@pytest.mark.engine
@pytest.mark.timeout(120)
def test_a_deleted_cluster_ends_and_others_stay(tmp_path: Path, cluster: Cluster) -> None:
    survivors = processes.in_folder(cluster.kubeconfig.parent)
    deleted = Cluster(tmp_path / ".simulation" / "cluster")
    folder = deleted.kubeconfig.parent
    definition = folder / ".kwok" / "kwok.yaml"
    try:
        deleted.up()
        assert len(processes.in_folder(folder)) == len(COMPONENTS)
        while folder.exists():  # the cluster still writes
            shutil.rmtree(tmp_path / ".simulation", ignore_errors=True)
        wait_for(lambda: not processes.in_folder(folder), "the cluster doesn't end", seconds=20)
        wait_for(lambda: not watchdogs(definition), "the watchdog is left")
    finally:
        processes.kill(processes.in_folder(folder))
    assert processes.in_folder(cluster.kubeconfig.parent) == survivors
    assert cluster.up() is False
