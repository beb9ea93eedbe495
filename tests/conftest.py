"""Fixtures of tests in several folders."""

import os

import pytest

# No test depends on hosts elsewhere; `make test` has the tools by now.
os.environ.setdefault("TOOLS", "build")


@pytest.fixture(scope="session")
def helm() -> str:
    """The path of Helm, which is obtained if need be."""
    # Imported only here: most tests don't need it.
    from tools.toolchain import ensure  # noqa: PLC0415

    return str(ensure(["helm"])["helm"])
