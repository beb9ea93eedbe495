"""`make clean` ends what deleted checkouts have left, and nothing else."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.checkout import Checkout
from tests.support.linked_programs import LinkedPrograms, watchdogs
from tests.support.waiting import wait_for
from tools.simulation import abandoned, processes
from tools.simulation.cluster import Cluster
from tools.simulation.definition import COMPONENTS
from tools.toolchain import CACHE_VARIABLE, ensure

BIN = ".kwok/clusters/simulation/bin"
SLEEPING = "tools/sleeping/etcd"


@pytest.fixture(scope="module")
def components() -> dict[str, Path]:
    """The programs of a cluster, in this user's own cache."""
    return ensure([*COMPONENTS.values(), "kwokctl"])


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache, with one program that is called etcd, and sleeps."""
    cache = tmp_path / "cache"
    program = cache / SLEEPING
    program.parent.mkdir(parents=True)
    shutil.copy("/bin/sleep", program)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    return cache


def test_processes_of_a_deleted_cluster_are_found(
    cache: Path, tmp_path: Path, programs: LinkedPrograms
) -> None:
    folder = tmp_path / "a c#éck-out"
    process = programs.run(folder / BIN / "etcd", cache / SLEEPING)
    (folder / ".kwok/kwok.yaml").touch()
    assert abandoned.find() == {}
    shutil.rmtree(folder)
    expected = {folder: [processes.Process(process.pid, "etcd", paused=False)]}
    assert abandoned.find() == expected
    # Its program is deleted as well.
    shutil.rmtree(cache)
    assert abandoned.find() == expected


@pytest.mark.parametrize(
    ("program", "link"),
    [
        ("/bin/sleep", f"{BIN}/etcd"),
        (SLEEPING, f"{BIN}/mongod"),
        (SLEEPING, ".kwok/clusters/mine/bin/etcd"),
        (SLEEPING, "bin/etcd"),
    ],
    ids=["not from the cache", "no component", "another cluster", "no cluster"],
)
def test_other_processes_are_not_found(
    cache: Path, tmp_path: Path, programs: LinkedPrograms, program: str, link: str
) -> None:
    folder = tmp_path / "checkout"
    programs.run(folder / link, cache / program)
    shutil.rmtree(folder)
    assert abandoned.find() == {}


def test_a_process_in_a_container_is_judged_by_the_files_there(
    cache: Path, tmp_path: Path, programs: LinkedPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout"
    process = programs.run(folder / BIN / "etcd", cache / SLEEPING)
    shutil.rmtree(folder)
    root = tmp_path / "proc" / str(process.pid) / "root"
    definition = root / (folder / ".kwok/kwok.yaml").relative_to("/")
    definition.parent.mkdir(parents=True)
    definition.touch()
    monkeypatch.setattr(abandoned, "PROC", tmp_path / "proc")
    assert abandoned.find() == {}
    definition.unlink()
    assert folder in abandoned.find()


@pytest.mark.engine
def test_make_clean_ends_what_a_deleted_checkout_left_and_says_so(
    components: Mapping[str, Path],
    cache: Path,
    tmp_path: Path,
    programs: LinkedPrograms,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = _copy(components, cache / "tools")
    monkeypatch.setattr("tools.simulation.cluster.ensure", lambda _: copies)
    checkout = Checkout(tmp_path)
    deleted = Cluster(tmp_path / "deleted" / ".simulation" / "cluster")
    folder = deleted.kubeconfig.parent
    survivor = programs.run(tmp_path / "living" / BIN / "etcd", cache / SLEEPING)
    (tmp_path / "living" / ".kwok" / "kwok.yaml").touch()
    try:
        deleted.up()
        _kill_watchdog(folder)
        pids = {process.program: process.pid for process in processes.in_folder(folder)}
        assert pids.keys() == COMPONENTS.keys()
        while folder.exists():  # the cluster still writes
            shutil.rmtree(tmp_path / "deleted", ignore_errors=True)
        output = checkout.run("make clean")
        (line,) = [line for line in output.splitlines() if line.startswith("Ended ")]
        assert line.startswith(f"Ended the simulated cluster of {folder}, which is gone: ")
        # Without their files, some of the others may have ended by themselves.
        ended = {name: int(pid) for name, pid in re.findall(r"([\w-]+) \((\d+)\)", line)}
        assert ended.items() <= pids.items()
        assert "kube-apiserver" in ended
        assert processes.in_folder(folder) == []
        assert survivor.poll() is None
        assert not (cache / "tools").exists()
        assert "Ended" not in checkout.run("make clean")
    finally:
        processes.kill(processes.in_folder(folder))


def _copy(programs: Mapping[str, Path], tools: Path) -> dict[str, Path]:
    """Copies programs to a cache; as links, where that is on the same disk."""
    copies = {name: tools / f"{name}-1" / name for name in programs}
    for name, copy in copies.items():
        copy.parent.mkdir(parents=True)
        try:
            copy.hardlink_to(programs[name].resolve())
        except OSError:
            shutil.copy2(programs[name], copy)
    return copies


def _kill_watchdog(folder: Path) -> None:
    (watchdog,) = watchdogs(folder / ".kwok" / "kwok.yaml")
    watchdog.kill()
    wait_for(lambda: not watchdog.is_running())
