"""Finds the tools asked for and builds those that are missing, one process at a time."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout
from rich.console import Console

from components.cache import CACHE_VARIABLE
from tools.errors import ToolError

from . import cache
from .build import build
from .catalogue import Tool, tools_with
from .find import find
from .progress import building, say

_SECONDS_BETWEEN_LOOKS = 0.5


def ensure(names: Sequence[str], *, console: Console | None = None) -> dict[str, Path]:
    """Where each of these binaries is, building in catalogue order what isn't anywhere yet.

    Args:
        names: Any of `catalogue.NAMES`.
        console: Where progress is shown; standard error when not given. Nothing is shown when
            nothing has to be built.

    Raises:
        ToolError: an unknown name, no Go, a build that failed, a cache that can't be written.
    """
    tools = tools_with(names)
    places = {tool: find(tool) for tool in tools}
    missing = [tool for tool in tools if not places[tool]]
    if missing:
        _build_all(missing, console or Console(stderr=True))
    return {
        binary.name: (places[tool] or cache.folder(tool)) / binary.name
        for tool in tools
        for binary in tool.binaries
        if binary.name in names
    }


def clean(*, console: Console | None = None) -> None:
    """Remove every tool that was built, of every checkout, and the logs of failed builds.

    Go's own caches are the person's and stay, so that building again is a matter of linking.
    """
    with _cache_lock(console or Console(stderr=True), unless=lambda: False):
        for folder in (cache.tools_folder(), cache.cache_folder() / "logs"):
            if folder.exists():
                shutil.rmtree(folder)


def _build_all(missing: Sequence[Tool], console: Console) -> None:
    def all_there() -> bool:
        return all(cache.holds(tool) for tool in missing)

    with _cache_lock(console, unless=all_there):
        begun = monotonic()
        # Another process may have built some while this one waited.
        queue = [tool for tool in missing if not cache.holds(tool)]
        for position, tool in enumerate(queue, start=1):
            with building(console, tool, left=len(queue) - position, since=begun):
                build(tool)


@contextmanager
def _cache_lock(console: Console, *, unless: Callable[[], bool]) -> Iterator[None]:
    """Hold the lock on the cache, or go on without it as soon as there's no need for it.

    The system releases the lock of a process that is killed.
    """
    folder = cache.cache_folder()
    try:
        cache.tools_folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "tools.lock")
        said = False
        while not unless():
            try:
                lock.acquire(timeout=_SECONDS_BETWEEN_LOOKS if said else 0)
                break
            except Timeout:
                if not said:
                    say(console, f"Another process is building tools in {folder}; waiting for it.")
                said = True
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise ToolError(
            f"The cache folder {folder} can't be used: {error}. "
            f"Mend that, or set {CACHE_VARIABLE} to a folder that can be written to."
        ) from error
