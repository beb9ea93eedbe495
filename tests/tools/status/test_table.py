"""The tables for a terminal."""

from io import StringIO

from rich.console import Console

from tests.support.status import HOSTILE, healthy_report, instance, service, unhealthy_report
from tools.status.formatting import format_age, headline
from tools.status.report import Difference, Report
from tools.status.table import render


def text(report: Report) -> str:
    out = StringIO()
    Console(file=out, width=200).print(render(report))
    return out.getvalue()


def test_the_whole_report_is_shown() -> None:
    shown = text(unhealthy_report())
    for words in (
        "The workspace doesn't run as configured.",
        "Deployment/chat-presence: scaled to 5, desired 2",
        "NATS chat-nats-0: has routes to 1 of 2 others",
        "its monitor can't be reached",
        "wss://chat.example.com/websocket: answers 502",
        "1 to 9",
        "2 h",
        "unknown",
        "Zone zone-b accepts no new pods.",
        HOSTILE,
    ):
        assert words in shown


def test_names_are_not_parsed_as_markup() -> None:
    services = [service("a", instance("[bold]"), desired=1)]
    shown = text(healthy_report(title="stack [red]x", services=services))
    assert "stack [red]x" in shown
    assert "[bold]" in shown


def test_ages_are_in_the_largest_unit_that_fits() -> None:
    assert [format_age(seconds) for seconds in (0, 59, 60, 3599, 3600, 86399, 86400)] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min",
        "1 h",
        "23 h",
        "1 d",
    ]


def test_a_paused_workspace_is_called_what_it_is() -> None:
    assert headline(healthy_report(paused=True)) == (
        "The workspace is paused on purpose (pause: true)."
    )
    assert "not yet as configured" in headline(
        healthy_report(paused=True, differences=[Difference("Deployment/a", "scaled to 1")])
    )
