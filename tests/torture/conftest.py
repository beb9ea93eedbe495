"""The torture suite: a short form in `make test`, the long one by `make torture`."""

import os
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console

from tests.engine.conftest import _no_outside, cluster, program
from tests.torture.support_repository import FaultyRepository, serving
from tools.figures import Section

LONG = bool(os.environ.get("TORTURE"))
"""Whether this is `make torture`."""
Figure = Callable[[str, str, str], None]
"""Notes what was measured: the section, what it is, and the figure in words."""
SECTIONS: dict[str, Section] = {}
__all__ = ["LONG", "Figure", "_no_outside", "cluster", "program"]


@pytest.fixture(scope="session")
def figure() -> Figure:
    def note(title: str, what: str, measured: str) -> None:
        section = Section(title, "make torture", ("what", "measured"))
        SECTIONS.setdefault(title, section).rows.append((what, measured))

    return note


@pytest.fixture(scope="module")
def repository() -> Iterator[FaultyRepository]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _figures_are_kept() -> Iterator[None]:
    yield
    if LONG:
        for section in SECTIONS.values():
            section.save()
            section.show(Console())
