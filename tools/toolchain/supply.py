"""Finds tools, and builds those that are missing, in one process at a time."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout
from rich.console import Console

from components.cache import CACHE_VARIABLE
from tools.errors import ToolError
from tools.toolchain import cache
from tools.toolchain.build import build
from tools.toolchain.catalogue import Tool, tools_with
from tools.toolchain.find import find
from tools.toolchain.progress import print_line, show_build

_POLL_SECONDS = 0.5


def ensure(names: Sequence[str], *, console: Console | None = None) -> dict[str, Path]:
    """Returns the path of each of these binaries, and builds those that aren't found.

    Args:
        names: Any of `catalogue.NAMES`.
        console: Where to show builds; stderr by default.

    Raises:
        ToolError: If there is no such binary or no Go, a build fails, or the cache isn't writable.
    """
    tools = tools_with(names)
    folders = {tool: find(tool) for tool in tools}
    missing = [tool for tool in tools if not folders[tool]]
    if missing:
        _build_all(missing, console or Console(stderr=True))
    return {
        binary.name: (folders[tool] or cache.folder(tool)) / binary.name
        for tool in tools
        for binary in tool.binaries
        if binary.name in names
    }


def clean(*, console: Console | None = None) -> None:
    """Removes every tool that was built, from any checkout, and the logs of failed builds.

    Go's own caches stay, so that building again is mostly linking.

    Raises:
        ToolError: If the cache isn't writable.
    """
    with _cache_lock(console or Console(stderr=True), unless=lambda: False):
        for folder in (cache.tools_folder(), cache.cache_folder() / "logs"):
            if folder.exists():
                shutil.rmtree(folder)


def _build_all(missing: Sequence[Tool], console: Console) -> None:
    def all_built() -> bool:
        return all(cache.is_built(tool) for tool in missing)

    with _cache_lock(console, unless=all_built):
        begin = monotonic()
        # Another process may have built some while this one waited.
        queue = [tool for tool in missing if not cache.is_built(tool)]
        for position, tool in enumerate(queue, start=1):
            with show_build(console, tool, remaining=len(queue) - position, since=begin):
                build(tool)


@contextmanager
def _cache_lock(console: Console, *, unless: Callable[[], bool]) -> Iterator[None]:
    """Locks the cache, unless `unless` becomes true while waiting for the lock.

    The system releases the lock of a process that is killed.
    """
    folder = cache.cache_folder()
    try:
        cache.tools_folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "tools.lock")
        waiting = False
        while not unless():
            try:
                lock.acquire(timeout=_POLL_SECONDS if waiting else 0)
                break
            except Timeout:
                if not waiting:
                    print_line(console, f"Another process is building tools in {folder}; waiting.")
                waiting = True
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise ToolError(
            f"The cache folder {folder} can't be used: {error}. "
            f"Fix that, or set {CACHE_VARIABLE} to a folder that you can write to."
        ) from error
