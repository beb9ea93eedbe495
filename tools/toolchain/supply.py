"""Finds tools, and downloads or builds those that are missing, in one process at a time."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from components.cache import CACHE_VARIABLE
from tools.errors import ToolError
from tools.toolchain import cache
from tools.toolchain.build import build
from tools.toolchain.catalogue import Tool, tools_with
from tools.toolchain.choice import VARIABLE, Choice, choice
from tools.toolchain.find import find
from tools.toolchain.progress import Display

_POLL_SECONDS = 0.5


def ensure(
    names: Sequence[str],
    *,
    console: Console | None = None,
) -> dict[str, Path]:
    """Returns the path of each of these binaries; downloads or builds those that aren't found.

    Args:
        names: Any of `catalogue.NAMES`.
        console: Where to show the progress; stderr by default.

    Raises:
        ToolError: If there is no such binary or it can't be had, or the cache isn't writable.
    """
    tools = tools_with(names)
    folders = {tool: find(tool) for tool in tools}
    missing = [tool for tool in tools if not folders[tool]]
    if missing:
        _obtain(missing, Display(console or Console(stderr=True)))
    return {
        binary.name: (folders[tool] or cache.folder(tool)) / binary.name
        for tool in tools
        for binary in tool.binaries
        if binary.name in names
    }


def clean(*, console: Console | None = None) -> None:
    """Removes every tool that was downloaded or built, for any checkout, and the logs of builds.

    Go's own caches stay, so that building again is mostly linking.

    Raises:
        ToolError: If the cache isn't writable.
    """
    with _cache_lock(Display(console or Console(stderr=True)), unless=lambda: False):
        for folder in (cache.tools_folder(), cache.cache_folder() / "logs"):
            if folder.exists():
                shutil.rmtree(folder)


def _obtain(missing: Sequence[Tool], display: Display) -> None:
    how = choice()

    def all_complete() -> bool:
        return all(cache.is_complete(tool) for tool in missing)

    with _cache_lock(display, unless=all_complete):
        # Another process may have obtained some while this one waited.
        wanted = [tool for tool in missing if not cache.is_complete(tool)]
        if not wanted:
            return
        cache.remove_unfinished()
        with display.moving():
            if how is not Choice.BUILD:
                wanted = _download(wanted, display, how)
            if wanted:
                build(wanted, display)


def _download(tools: Sequence[Tool], display: Display, how: Choice) -> list[Tool]:
    """Downloads what can be had, and returns the rest, which is to be built."""
    # Imported only here: with the tools in the cache, commands start faster.
    from tools.toolchain.download import download  # noqa: PLC0415

    unavailable = download(tools, display, patient=how is Choice.DOWNLOAD)
    rest = [tool for tool in tools if tool in unavailable]
    if not rest:
        return rest
    names = ", ".join(tool.name for tool in rest)
    places: dict[str, list[str]] = {}
    for place, reason in dict.fromkeys(unavailable[tool] for tool in rest):
        places.setdefault(reason, []).append(place)
    why = "; ".join(f"{', '.join(places[reason])} ({reason})" for reason in places)
    if how is Choice.DOWNLOAD:
        raise ToolError(
            f"{names} can't be downloaded: {why}. Try again, or build from source with"
            f" {VARIABLE}=build."
        )
    display.say(f"Building {names} from source, since they can't be downloaded: {why}.")
    return rest


@contextmanager
def _cache_lock(display: Display, *, unless: Callable[[], bool]) -> Iterator[None]:
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
                    display.say(f"Another process is getting tools into {folder}; waiting.")
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
