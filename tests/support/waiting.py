"""Waits for what another process brings about."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    probe: Callable[[], T], failure: str = "it never happened", *, seconds: float = 60
) -> T:
    """Returns the first true result of `probe`; fails with `failure` if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (result := probe()):
        assert time.monotonic() < deadline, failure
        time.sleep(0.05)
    return result
