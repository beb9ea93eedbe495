"""The table for a terminal."""

from io import StringIO

from rich.console import Console

from tests.support.status import HOSTILE, instance, report, service, troubled
from tools.status.report import Report
from tools.status.table import render
from tools.status.words import age


def text(one: Report) -> str:
    out = StringIO()
    Console(file=out, width=200).print(render(one))
    return out.getvalue()


def test_all_is_told() -> None:
    said = text(troubled())
    for words in (
        "What was asked for doesn't run.",
        "Deployment/chat-presence: scaled to 5; asked for 2",
        "NATS chat-nats-0: has routes to 1 of 2 others",
        "its monitor can't be reached",
        "wss://chat.example.com/websocket: answers 502",
        "1 to 9",
        "2 h",
        "unknown",
        "Zone zone-b takes no new pods.",
        HOSTILE,
    ):
        assert words in said


def test_a_name_is_never_taken_for_markup() -> None:
    one = report(title="stack [red]x", services=[service("a", instance("[bold]"), asked=1)])
    assert "stack [red]x" in text(one)
    assert "[bold]" in text(one)


def test_ages_in_the_largest_unit_that_fits() -> None:
    assert [age(each) for each in (0, 59, 60, 3599, 3600, 86399, 86400)] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min",
        "1 h",
        "23 h",
        "1 d",
    ]
