"""Processes that run from a folder by links, as the components of a simulated cluster do."""

import subprocess
from pathlib import Path

import psutil


class LinkedPrograms:
    """Programs that sleep, and are started by the paths of links to them."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def run(self, link: Path, program: Path = Path("/bin/sleep")) -> subprocess.Popen[bytes]:
        """Runs a program by the path of a link to it, which is created if there is none."""
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(program)
        process = subprocess.Popen([link, "300"])
        self._started.append(process)
        return process

    def kill(self) -> None:
        """Ends all that were started."""
        for process in self._started:
            process.kill()
            process.wait()


def watchdogs(definition: Path) -> list[psutil.Process]:
    """Returns the watchdogs of the cluster that a file defines."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[-2:] == ["tools.simulation.watchdog", str(definition)]
    ]
