"""The process table, and what in it belongs to one cluster.

Process ids in files outlive their processes, and after a reboot they name strangers. So the table
itself is asked: a process belongs to a cluster if its command line begins with a program in that
cluster's own folder.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tools.errors import ToolError

SIGNAL_SECONDS = 10.0
PROC = Path("/proc")


class Process(NamedTuple):
    """A process of a cluster; `program` is the name of its file."""

    pid: int
    program: str
    paused: bool


def of(folder: Path) -> list[Process]:
    """Return the processes that run a program somewhere in `folder`."""
    prefix = f"{folder}/"
    return [
        Process(pid, _name(command.removeprefix(prefix)), state.startswith("T"))
        for pid, state, command in _table()
        if command.startswith(prefix)
    ]


def runs(pid: int, program: str) -> bool:
    """Return whether the process `pid` is there, and `program` is in its command line."""
    return any(number == pid and program in command for number, _, command in _table())


def kill(processes: Iterable[Process]) -> None:
    """End `processes` without asking them, and return when they are gone."""
    pids = _signal(processes, signal.SIGKILL)
    _wait("end", lambda: pids.isdisjoint(pid for pid, _, command in _table() if command))


def pause(processes: Iterable[Process]) -> None:
    """Stop `processes` in their tracks, and return when they stand still."""
    pids = _signal(processes, signal.SIGSTOP)
    _wait("pause", lambda: all(state[0] == "T" for pid, state, _ in _table() if pid in pids))


def _name(command: str) -> str:
    return command.partition(" ")[0].rpartition("/")[2]


def _signal(processes: Iterable[Process], number: signal.Signals) -> set[int]:
    pids = set()
    for process in processes:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            continue
        except PermissionError as error:
            raise ToolError(
                f"{process.program} (process {process.pid}) of the simulated cluster was started "
                "by another user: stop the cluster as that user"
            ) from error
        pids.add(process.pid)
    return pids


def _wait(what: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SIGNAL_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise ToolError(f"a process of the simulated cluster doesn't {what} when told to")
        time.sleep(0.01)


def _table() -> Iterator[tuple[int, str, str]]:
    """Yield id, state and command line of each process; ended ones have an empty command line."""
    if not (PROC / "self").exists():
        yield from _ps()
        return
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            arguments = (folder / "cmdline").read_bytes()
            # The name before the state is in brackets, and may contain anything.
            state = (folder / "stat").read_bytes().rpartition(b")")[2].strip()
        except OSError:
            continue
        yield int(folder.name), state.decode(), os.fsdecode(arguments.replace(b"\0", b" "))


def _ps() -> Iterator[tuple[int, str, str]]:
    command = ["ps", "-axww", "-o", "pid=,state=,command="]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in table.splitlines():
        pid, state, *rest = line.split(maxsplit=2)
        ended = state.startswith("Z")
        yield int(pid), state, "" if ended or not rest else rest[0]
