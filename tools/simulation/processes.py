"""The processes of a cluster, found in the system's process table.

A process ID in a file outlives its process, and after a reboot it is another process's. So a
process belongs to a cluster if its command line begins with a program in the cluster's own folder.
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


def in_folder(folder: Path) -> list[Process]:
    """Returns the processes that run a program somewhere in `folder`."""
    prefix = f"{folder}/"
    return [
        Process(pid, _program_name(command.removeprefix(prefix)), state.startswith("T"))
        for pid, state, command in _process_table()
        if command.startswith(prefix)
    ]


def is_running(pid: int, program: str) -> bool:
    """Returns whether the process `pid` exists and has `program` in its command line."""
    return any(other == pid and program in command for other, _, command in _process_table())


def kill(processes: Iterable[Process]) -> None:
    """Kills `processes` and returns when they are gone."""
    pids = _signal(processes, signal.SIGKILL)
    _wait("end", lambda: pids.isdisjoint(pid for pid, _, command in _process_table() if command))


def pause(processes: Iterable[Process]) -> None:
    """Stops `processes` without ending them, and returns when they stand still."""
    pids = _signal(processes, signal.SIGSTOP)
    _wait(
        "pause", lambda: all(state[0] == "T" for pid, state, _ in _process_table() if pid in pids)
    )


def resume(processes: Iterable[Process]) -> None:
    """Lets `processes` go on that were paused."""
    _signal(processes, signal.SIGCONT)


def _program_name(command: str) -> str:
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
                f"{process.program} (process {process.pid}) of the simulated cluster was started by"
                " another user. Stop the cluster as that user."
            ) from error
        pids.add(process.pid)
    return pids


def _wait(action: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SIGNAL_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise ToolError(
                f"A process of the simulated cluster didn't {action} within {SIGNAL_SECONDS:.0f} s."
            )
        time.sleep(0.01)


def _process_table() -> Iterator[tuple[int, str, str]]:
    """Yields ID, state and command line of each process; a zombie's command line is empty."""
    if not (PROC / "self").exists():
        yield from _process_table_of_ps()
        return
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            arguments = (folder / "cmdline").read_bytes()
            # The program's name, before the state, is in brackets and can contain anything.
            state = (folder / "stat").read_bytes().rpartition(b")")[2].strip()
        except OSError:
            continue  # it has just ended
        yield int(folder.name), state.decode(), os.fsdecode(arguments.replace(b"\0", b" "))


def _process_table_of_ps() -> Iterator[tuple[int, str, str]]:
    """The same on systems without /proc, such as macOS."""
    command = ["ps", "-axww", "-o", "pid=,state=,command="]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in table.splitlines():
        pid, state, *rest = line.split(maxsplit=2)
        zombie = state.startswith("Z")
        yield int(pid), state, "" if zombie or not rest else rest[0]
