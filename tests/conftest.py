"""Fixtures for tests in more than one folder."""

import pytest


@pytest.fixture(scope="session")
def helm() -> str:
    """The helm program, built first where it isn't to be found."""
    # Tests that render nothing shouldn't need the toolchain.
    from tools.toolchain import ensure  # noqa: PLC0415

    return str(ensure(["helm"])["helm"])
