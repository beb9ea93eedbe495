"""Fixtures of the tests that run a bus."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.bus.brokers import NODE_FOLDER, find_node
from tests.support.go_build import NATS_SERVER, build_go_program

REQUIRED = "BUS_TESTS"
"""Set to `required`, as in CI, where a missing tool is an error."""


@pytest.fixture(scope="session")
def nats_server() -> Path:
    """The path of NATS; skips where Node.js or its packages are missing."""
    missing = _missing()
    if missing and os.environ.get(REQUIRED) == "required":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return build_go_program(NATS_SERVER)


def _missing() -> str:
    if find_node() is None or shutil.which("npm") is None:
        return "needs Node.js 18 or newer with npm, from nodejs.org or your system's packages"
    if not (NODE_FOLDER / "node_modules" / "moleculer").exists():
        return f"needs npm's packages: run `npm ci` in {NODE_FOLDER}, or `make bus`"
    return ""
