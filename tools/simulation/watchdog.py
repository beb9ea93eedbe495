"""`python -m tools.simulation.watchdog FILE`: ends a cluster's processes once its folder is gone.

A cluster outlives the command that starts it, so nothing else would end it after its checkout was
deleted. The watchdog is a small process beside the cluster, which looks every second for the
cluster's definition: unlike the folder, no component of a running cluster creates that again.
"""

import fcntl
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from tools.checkout import CHECKOUT
from tools.errors import ToolError
from tools.simulation import processes

POLL_SECONDS = 1.0


def start(definition: Path) -> None:
    """Starts a watchdog for the processes that run from a definition's folder, unless there is one.

    On return they are watched.

    Raises:
        ToolError: If it can't be started.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(definition)],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise ToolError(f"The simulated cluster's watchdog doesn't start: {reason}")


def main() -> int:
    """Locks the definition, leaves the caller, and watches until there is nothing left to watch."""
    definition = Path(sys.argv[1])
    with definition.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another one watches
        if os.fork():
            os._exit(0)  # the child keeps the lock
        _detach()
        _watch(definition, file)
    return 0


def _detach() -> None:
    """Leaves the terminal, the checkout's folder, and the pipe to the caller, who waits for it."""
    os.setsid()
    os.chdir("/")
    os.dup2(sys.stdin.fileno(), sys.stderr.fileno())


def _watch(definition: Path, file: IO[bytes]) -> None:
    while True:
        time.sleep(POLL_SECONDS)
        if _is_replaced(definition, file):
            return  # the new cluster has a watchdog of its own
        if not is_gone(definition):
            continue
        found = processes.in_folder(definition.parent)
        if not found:
            return
        # Checked again, as a cluster may have started in a new folder before they were listed.
        if is_gone(definition):
            with suppress(ToolError):  # tried again after a pause
                processes.kill(found)


def is_gone(file: Path) -> bool:
    """Returns whether a file doesn't exist. One that can't be read may exist."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _is_replaced(path: Path, file: IO[bytes]) -> bool:
    try:
        return not os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
