"""A pause in the report: called what it is."""

from typing import Any

from tests.support.report import DEPLOYMENT, deployment, report_of, step, updated
from tools.report.report import ExitCode, Report
from tools.report.service_table import service_table
from tools.report.services import Impact
from tools.report.verdict import verdict


def change(before: int, after: int) -> Report:
    services = ("rocketchat", "ddp-streamer", "presence")
    steps = [updated(name, deployment(name, before), deployment(name, after)) for name in services]
    return report_of(*steps, concurrentUsers="2000")


def test_a_pause_is_no_risk_and_says_what_it_is() -> None:
    report = change(4, 0)
    assert report.risks == ()
    assert report.exit_code is ExitCode.CHANGES
    (note,) = report.notes
    assert "paused on purpose" in str(note)
    assert report.impact is Impact.DOWNTIME
    assert "12 → 0 instances" in verdict(report)
    table = service_table(report)
    assert "| paused | **downtime** (paused on purpose) |" in table
    assert "removed" not in table


def test_the_end_of_a_pause_says_so() -> None:
    report = change(0, 4)
    assert report.risks == ()
    (note,) = report.notes
    assert "comes back from its pause, NATS first" in str(note)
    assert "| resumed | none |" in service_table(report)


def test_a_workspace_that_is_removed_is_still_a_risk() -> None:
    old: dict[str, Any] = deployment("rocketchat")
    report = report_of(step("delete", DEPLOYMENT, "chat-rocketchat", old=old))
    assert [risk.kind.value for risk in report.risks] == ["workspace removed"]
