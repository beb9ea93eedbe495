"""The torture suite: short in `make test`, long in `make torture`."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from tests.support.faulty_repository import FaultyRepository, running_repository
from tests.support.foreign_variables import no_foreign_variables
from tests.support.kubelet.fixtures import bus, make_pod, workspace
from tests.support.torture import LONG, Figure
from tools.figures import Section

SECTIONS: dict[str, Section] = {}
__all__ = ["bus", "make_pod", "no_foreign_variables", "workspace"]


@pytest.fixture(scope="session")
def figure() -> Figure:
    def add_row(title: str, what: str, measured: str) -> None:
        section = Section(title, "make torture", ("what", "measured"))
        SECTIONS.setdefault(title, section).rows.append((what, measured))

    return add_row


@pytest.fixture(scope="module")
def repository() -> Iterator[FaultyRepository]:
    with running_repository() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _save_figures() -> Iterator[None]:
    yield
    if LONG:
        for section in SECTIONS.values():
            section.save()
            section.show(Console())
