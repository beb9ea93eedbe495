"""Watches the number of ready pods while something else happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.background import repeatedly
from tests.support.program import Program


@contextmanager
def watch_ready_pods(program: Program) -> Iterator[dict[str, int]]:
    """Yields the lowest number of ready pods of each workload, updated while the body runs."""
    lowest = dict(program.pods())
    rounds = 0

    def watch() -> None:
        nonlocal rounds
        pods = program.pods()
        lowest.update({name: min(number, pods[name]) for name, number in lowest.items()})
        rounds += 1

    with repeatedly(watch):
        yield lowest
    assert rounds > 5, "too few observations"
