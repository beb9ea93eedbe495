"""A fixture for tests that drive the real engine."""

import os

import pytest

from tools.simulation.simulation import FOREIGN


@pytest.fixture(autouse=True)
def no_foreign_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of a person's leads the engine to their own stacks and clusters."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
