"""Watches the number of ready pods while something else happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.program import Program


@contextmanager
def watch_ready_pods(program: Program) -> Iterator[dict[str, int]]:
    """Yields the lowest number of ready pods of each workload, updated while the body runs."""
    lowest = dict(program.pods())
    rounds = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal rounds
        while not done.is_set():
            pods = program.pods()
            lowest.update({name: min(number, pods[name]) for name, number in lowest.items()})
            rounds += 1

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lowest
    finally:
        done.set()
        thread.join()
    assert rounds > 5, "too few observations"
