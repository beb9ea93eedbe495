"""Previews in each of Pulumi's forms, and the command that reports them."""

import json
from pathlib import Path

import pytest
from pulumi.automation.events import EngineEvent

from tests.support.report import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    Json,
    claim,
    config_map,
    deployment,
    preview,
    report_of,
    step,
)
from tools.errors import ToolError
from tools.report import (
    ExitCode,
    Report,
    build_report,
    combined_exit_code,
    failed_preview,
    parse_preview,
    preview_from_events,
    to_markdown,
)
from tools.report.__main__ import main
from tools.report.preview import Op

UPDATE = step(
    "update",
    DEPLOYMENT,
    "chat-presence",
    old=deployment("presence"),
    new=deployment("presence", 3),
    paths={"spec.replicas": "update"},
)
PREVIEWS: dict[ExitCode, Json] = {
    ExitCode.NO_CHANGES: {"steps": []},
    ExitCode.CHANGES: preview(UPDATE),
    ExitCode.RISKS: preview(step("delete", CLAIM, "chat-rocketchat", old=claim("5Gi"))),
    ExitCode.ERROR: {"diagnostics": [{"severity": "error", "message": "no"}]},
}


def events(*steps: Json) -> list[Json]:
    """A preview as a stream of events."""

    def event(kind: str, content: Json) -> Json:
        return {"sequence": 1, "timestamp": 1, kind: content}

    def state(content: Json) -> Json:
        return {"urn": "", "id": "", "parent": "", "provider": "", **content}

    stream = [event("preludeEvent", {"config": {"rocketchat:concurrentUsers": "900"}})]
    for item in steps:
        metadata = {
            "op": item["op"],
            "urn": item["urn"],
            "type": DEPLOYMENT,
            "provider": "",
            "old": item["oldState"] and state(item["oldState"]),
            "new": item["newState"] and state(item["newState"]),
            "detailedDiff": {
                path: {"diffKind": diff["kind"], "inputDiff": True}
                for path, diff in item["detailedDiff"].items()
            },
        }
        stream.append(event("resourcePreEvent", {"metadata": metadata, "planning": True}))
    warning = {"severity": "warning", "prefix": "warning: ", "color": "", "message": "mind it\n"}
    return [*stream, event("diagnosticEvent", warning)]


def report_on_events(*steps: Json) -> Report:
    return build_report(parse_preview("\n".join(map(json.dumps, events(*steps)))))


def test_all_forms_of_a_preview_give_the_same_report() -> None:
    document = {
        **preview(UPDATE, concurrentUsers="900"),
        "diagnostics": [{"severity": "warning", "message": "warning: mind it\n"}],
    }
    from_document = to_markdown([build_report(parse_preview(json.dumps(document)))])
    engine_events = [EngineEvent.from_json(event) for event in events(UPDATE)]
    assert to_markdown([report_on_events(UPDATE)]) == from_document
    assert to_markdown([build_report(preview_from_events(engine_events))]) == from_document
    assert "mind it" in from_document
    assert "1 → **3**" in from_document


def test_a_replacement_in_several_steps_is_one_change() -> None:
    old, new = deployment("presence"), deployment("presence", tag="9.0.0")
    report = report_on_events(
        step("create-replacement", DEPLOYMENT, "chat-presence", new=new),
        step("replace", DEPLOYMENT, "chat-presence", old=old, new=new),
        step("delete-replaced", DEPLOYMENT, "chat-presence", old=old),
    )
    assert [change.op for change in report.changes] == [Op.REPLACE]


@pytest.mark.parametrize("type_", ["pulumi:providers:kubernetes", "pulumi:pulumi:Stack"])
def test_resources_of_pulumi_itself_are_no_objects(type_: str) -> None:
    assert report_of(step("update", type_, "it", old={"a": 1}, new={"a": 2})).changes == ()


@pytest.mark.parametrize("text", ["", "[]", "3", '{"a": 1}', "error: no stack", '{"steps"'])
def test_anything_but_a_preview_is_refused(text: str) -> None:
    with pytest.raises(ToolError, match="pulumi preview --json"):
        parse_preview(text)


def test_a_failed_preview_is_reported_with_its_cause() -> None:
    document = {
        "steps": [UPDATE],
        "diagnostics": [
            {"severity": "error", "message": "<{%fg 1%}>error: <{%reset%}>it is broken\n"},
            {"severity": "error", "message": "error: preview failed\n"},
        ],
    }
    report = build_report(parse_preview(json.dumps(document)))
    assert report.exit_code is ExitCode.ERROR
    text = to_markdown([report])
    assert "```text\nit is broken\n```" in text
    assert "chat-presence" not in text


def test_a_preview_that_never_started_is_reported() -> None:
    report = build_report(failed_preview("prod", "error: no stack named prod"))
    assert report.exit_code is ExitCode.ERROR
    assert "no stack named prod" in to_markdown([report])


def test_of_several_exit_codes_the_most_severe_is_returned() -> None:
    codes = [ExitCode.NO_CHANGES, ExitCode.CHANGES, ExitCode.RISKS, ExitCode.ERROR]
    reports = [build_report(parse_preview(json.dumps(PREVIEWS[code]), code.name)) for code in codes]
    for end in range(1, 5):
        assert combined_exit_code(reports[:end]) is codes[end - 1]
    assert combined_exit_code([]) is ExitCode.NO_CHANGES


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The command's exit code, stdout and stderr."""
    code = main(list(arguments))
    output = capsys.readouterr()
    return code, output.out, output.err


@pytest.fixture
def files(tmp_path: Path) -> dict[ExitCode, str]:
    """A file with a preview for each exit code."""
    paths = {code: tmp_path / f"{code.name}.json" for code in PREVIEWS}
    for code, path in paths.items():
        path.write_text(json.dumps(PREVIEWS[code]), encoding="utf-8")
    return {code: str(path) for code, path in paths.items()}


def test_the_exit_code_of_the_command_fits_the_changes(
    capsys: pytest.CaptureFixture[str],
    files: dict[ExitCode, str],
) -> None:
    for code, file in files.items():
        assert run(capsys, file)[0] == code
    combined, out, _ = run(capsys, *files.values())
    assert combined == ExitCode.ERROR
    assert "## Preview of 4 stacks" in out


def test_the_command_can_write_json(
    capsys: pytest.CaptureFixture[str],
    files: dict[ExitCode, str],
) -> None:
    code, out, _ = run(capsys, "--json", files[ExitCode.RISKS])
    document = json.loads(out)
    assert document["exitCode"] == code == ExitCode.RISKS
    (stack,) = document["stacks"]
    assert (stack["stack"], stack["removed"], stack["basis"]["kind"]) == ("test", 1, "file")
    assert [risk["kind"] for risk in stack["risks"]] == ["deletion"]


def test_the_command_writes_a_short_and_a_complete_report(
    capsys: pytest.CaptureFixture[str],
    files: dict[ExitCode, str],
    tmp_path: Path,
) -> None:
    short, full = tmp_path / "short.md", tmp_path / "full.md"
    options = ("--limit", "500", "--out", str(short), "--full", str(full))
    assert run(capsys, files[ExitCode.CHANGES], *options) == (ExitCode.CHANGES, "", "")
    assert "omitted**" in short.read_text(encoding="utf-8")
    assert "Deployment/chat-presence" in full.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_read_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, str(tmp_path / "none.json"))
    assert code == 1
    assert "can't be read" in err


@pytest.fixture
def fake_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the only `pulumi` on PATH, still to be written."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program = tmp_path / "pulumi"
    program.touch(mode=0o755)
    return program


def test_real_stacks_are_previewed_with_the_pulumi_on_path(
    capsys: pytest.CaptureFixture[str],
    fake_pulumi: Path,
) -> None:
    document = fake_pulumi.with_name("preview.json")
    document.write_text(json.dumps(preview(UPDATE)), encoding="utf-8")
    fake_pulumi.write_text(
        "#!/bin/sh\n"
        '[ "$*" = "preview --json --show-sames --non-interactive --stack prod" ] ||'
        f' {{ echo "error: no stack named $6" >&2; exit 255; }}\ncat "{document}"\n',
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "--stack", "prod")
    assert code == ExitCode.CHANGES
    assert "Based on the real stack" in out
    code, out, _ = run(capsys, "--stack", "prod", "--stack", "other")
    assert code == ExitCode.ERROR
    assert "no stack named other" in out
    assert "1 → **3**" in out


def test_an_error_on_stderr_only_fails_the_preview(
    capsys: pytest.CaptureFixture[str],
    fake_pulumi: Path,
) -> None:
    fake_pulumi.write_text(
        """#!/bin/sh\necho '{"steps": []}'\necho 'error: a policy forbids it' >&2\nexit 255\n""",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "--stack", "prod")
    assert code == ExitCode.ERROR
    assert "a policy forbids it" in out


def test_real_stacks_need_pulumi(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, _, err = run(capsys, "--stack", "prod")
    assert code == 1
    assert "no `pulumi` on PATH" in err


def test_a_surrogate_is_replaced() -> None:
    created = step("create", CONFIG_MAP, "\ud800", new=config_map("\ud800"))
    assert "\ufffd" in to_markdown([report_of(created)]).encode().decode()
