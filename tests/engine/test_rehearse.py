from pathlib import Path

import pytest

from tests.support.agreement import come_true, foretell
from tests.support.program import Program
from tools.report import ExitCode

pytestmark = pytest.mark.engine


def streamers(number: int, cpu: str) -> dict[str, object]:
    return {
        "replicas": {"ddpStreamer": number},
        "services": {"ddpStreamer": {"resources": {"requests": {"cpu": cpu}}}},
    }


def test_what_a_rehearsal_foretells_comes_true(program: Program, tmp_path: Path) -> None:
    """Two streamers fit on a node of 32 CPUs, and there are three nodes."""
    program.up(**streamers(2, "12"))
    outcome = foretell(program, tmp_path / "rehearsal", **streamers(9, "12"))
    (shortage,) = outcome.shortages
    assert (shortage.service, shortage.missing, shortage.desired) == ("ddp-streamer", 3, 9)
    assert shortage.fits == 6
    assert "3 Insufficient cpu" in shortage.reason
    assert outcome.exit_code is ExitCode.RISKS
    assert come_true(program) == {"ddp-streamer": 3}


def test_a_change_that_fits_is_foretold_to_fit(program: Program, tmp_path: Path) -> None:
    program.up(replicas={"ddpStreamer": 2}, image={"tag": "8.6.1"})
    outcome = foretell(
        program, tmp_path / "rehearsal", replicas={"ddpStreamer": 3}, image={"tag": "8.6.2"}
    )
    assert outcome.exit_code is ExitCode.CHANGES
    assert "Everything fits." in outcome.verdict
    last = outcome.observation.last
    assert last.services["ddp-streamer"].ready == 3
    assert last.served == 1500
    # Both of the old instances go.
    assert last.disconnected >= 1000
    assert come_true(program) == {}
