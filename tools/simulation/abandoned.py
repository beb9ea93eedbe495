"""Finds the processes of simulated clusters whose folders are gone, whatever checkout started them.

A watchdog ends such a cluster by itself, unless it was killed or the cluster is older than that.
"""

from pathlib import Path

import psutil

from tools.simulation.installation import Installation, cluster_folder
from tools.simulation.processes import PROC, Process
from tools.simulation.watchdog import is_gone
from tools.toolchain.cache import tools_folder


def find() -> dict[Path, list[Process]]:
    """Returns the processes that clusters have left behind, by the clusters' folders.

    Each of them runs a program of this user's cache, was started as a component from the folder of
    a simulated cluster, and that has no definition any more.
    """
    cache = tools_folder().resolve()
    found: dict[Path, list[Process]] = {}
    for process in psutil.process_iter(["cmdline", "exe", "status"]):
        command, exe = process.info["cmdline"], process.info["exe"]
        if not command or not exe or not Path(exe).is_relative_to(cache):
            continue
        program = Path(command[0])
        folder = cluster_folder(program)
        if folder and is_gone(_as_seen_by(process.pid, Installation(folder).definition)):
            paused = process.info["status"] == psutil.STATUS_STOPPED
            found.setdefault(folder, []).append(Process(process.pid, program.name, paused))
    return found


def _as_seen_by(pid: int, path: Path) -> Path:
    """`path` as a process sees it, which may be in a container."""
    root = PROC / str(pid) / "root"
    return root / path.relative_to("/") if root.exists() else path
