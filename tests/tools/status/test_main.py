"""The exit code, and what is written where."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Self

import pytest

from tests.support.status import report, troubled
from tools.errors import ToolError
from tools.status import workspace
from tools.status.__main__ import DOESNT, RUNS, UNKNOWN, main
from tools.status.report import Address, Difference, NatsServer, Report

CANARY = "canary-0e57"


class Fixed:
    """A target that is as it is."""

    def __init__(self, held: Report | ToolError) -> None:
        self._held = held

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def report(self) -> Report:
        if isinstance(self._held, ToolError):
            raise self._held
        return self._held


def run(monkeypatch: pytest.MonkeyPatch, held: Report | ToolError, *arguments: str) -> int:
    def target(_: Namespace, __: object) -> Fixed:
        return Fixed(held)

    monkeypatch.setattr("tools.status.__main__._target", target)
    return main(["--stack", "prod", *arguments])


def address(*, answers: bool | None) -> Address:
    return Address("https://chat.example.com", answers=answers, words="words")


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (report(), RUNS),
        (troubled(), DOESNT),
        (report(differences=[Difference("Pod/a", "isn't ours")]), DOESNT),
        (report(addresses=[address(answers=False)]), DOESNT),
        (report(addresses=[address(answers=None)]), RUNS),
        (report(nats=[NatsServer("a", (), "0 of 1", reachable=True)]), DOESNT),
        (report(nats=[NatsServer("a", (), "refused", reachable=False)]), RUNS),
        (report(notes=["Zone zone-b takes no new pods."]), RUNS),
        (ToolError("The cluster doesn't answer."), UNKNOWN),
    ],
)
def test_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    held: Report | ToolError,
    code: int,
) -> None:
    assert run(monkeypatch, held) == code


def test_json_is_all_of_the_report(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, troubled(), "--json") == DOESNT
    said = json.loads(capsys.readouterr().out)
    assert said["runs"] is False
    assert said["troubles"] == troubled().troubles
    assert said["services"][0]["instances"][0]["workspace"] == "connected"
    assert set(said) == {"runs", "troubles", *Report.__dataclass_fields__}


def test_an_error_is_one_line_and_no_json(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, ToolError("It's [red]gone[/]."), "--json") == UNKNOWN
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "error: It's [red]gone[/].\n")


def test_a_page_is_written_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    good, taken = tmp_path / "status.html", tmp_path / "taken"
    taken.mkdir()
    assert run(monkeypatch, report(), "--html", str(good)) == RUNS
    assert good.read_text(encoding="utf-8").endswith("</html>\n")
    assert good.stat().st_mode & 0o400
    for wrong in (taken, tmp_path / "nowhere" / "status.html"):
        capsys.readouterr()
        assert run(monkeypatch, report(), "--html", str(wrong)) == UNKNOWN
        assert capsys.readouterr().err.startswith(f"error: --html {wrong}: it can't be written")
    assert sorted(tmp_path.iterdir()) == [good, taken]


def test_a_login_from_a_file_loses_its_line_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workspace.USER, "admin\n")
    monkeypatch.setenv(workspace.TOKEN, f"{CANARY}\r\n")
    assert workspace.login() == workspace.Login("admin", CANARY)
