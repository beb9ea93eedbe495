"""Fixtures of tests in several folders."""

import pytest


@pytest.fixture(scope="session")
def helm() -> str:
    """The path of Helm, which is built if need be."""
    # Imported only here: most tests don't need it.
    from tools.toolchain import ensure  # noqa: PLC0415

    return str(ensure(["helm"])["helm"])
