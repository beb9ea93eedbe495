"""The exit code, and what is written where."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Self

import pytest

from tests.support.status import healthy_report, unhealthy_report
from tools.errors import ToolError
from tools.status.__main__ import HEALTHY, UNHEALTHY, UNKNOWN, main
from tools.status.report import Address, Difference, NatsServer, Report


class FakeTarget:
    """A target whose report is given, or an error."""

    def __init__(self, result: Report | ToolError) -> None:
        self._result = result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def report(self) -> Report:
        if isinstance(self._result, ToolError):
            raise self._result
        return self._result


def run(monkeypatch: pytest.MonkeyPatch, result: Report | ToolError, *arguments: str) -> int:
    def target(_: Namespace, __: object) -> FakeTarget:
        return FakeTarget(result)

    monkeypatch.setattr("tools.status.__main__._target", target)
    return main(["--stack", "prod", *arguments])


def address(*, answers: bool | None) -> Address:
    return Address("https://chat.example.com", answers=answers, message="message")


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (healthy_report(), HEALTHY),
        (unhealthy_report(), UNHEALTHY),
        (healthy_report(differences=[Difference("Pod/a", "isn't ours")]), UNHEALTHY),
        (healthy_report(addresses=[address(answers=False)]), UNHEALTHY),
        (healthy_report(addresses=[address(answers=None)]), HEALTHY),
        (healthy_report(nats=[NatsServer("a", (), "0 of 1", reachable=True)]), UNHEALTHY),
        (healthy_report(nats=[NatsServer("a", (), "refused", reachable=False)]), HEALTHY),
        (healthy_report(notes=["Zone zone-b accepts no new pods."]), HEALTHY),
        (ToolError("The cluster doesn't answer."), UNKNOWN),
    ],
)
def test_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    result: Report | ToolError,
    code: int,
) -> None:
    assert run(monkeypatch, result) == code


def test_json_contains_the_whole_report(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, unhealthy_report(), "--json") == UNHEALTHY
    output = json.loads(capsys.readouterr().out)
    assert output["healthy"] is False
    assert output["problems"] == unhealthy_report().problems
    assert output["services"][0]["instances"][0]["workspace"] == "connected"
    assert set(output) == {"healthy", "problems", *Report.__dataclass_fields__}


def test_an_error_is_one_line_and_no_json(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, ToolError("It's [red]gone[/]."), "--json") == UNKNOWN
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "error: It's [red]gone[/].\n")


def test_a_page_is_written_completely_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    page, folder = tmp_path / "status.html", tmp_path / "folder"
    folder.mkdir()
    assert run(monkeypatch, healthy_report(), "--html", str(page)) == HEALTHY
    assert page.read_text(encoding="utf-8").endswith("</html>\n")
    assert page.stat().st_mode & 0o400
    for path in (folder, tmp_path / "nowhere" / "status.html"):
        capsys.readouterr()
        assert run(monkeypatch, healthy_report(), "--html", str(path)) == UNKNOWN
        message = f"error: --html {path}: the file can't be written"
        assert capsys.readouterr().err.startswith(message)
    assert sorted(tmp_path.iterdir()) == [folder, page]
