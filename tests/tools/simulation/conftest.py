"""What the tests of the simulated cluster share."""

from collections.abc import Iterator

import pytest

from tests.support.linked_programs import LinkedPrograms


@pytest.fixture
def programs() -> Iterator[LinkedPrograms]:
    """Programs that run from a folder, as components of a cluster do, until the test ends."""
    programs = LinkedPrograms()
    yield programs
    programs.kill()
