"""A preview in each of the forms in which Pulumi tells it."""

import json
from pathlib import Path

import pytest
from pulumi.automation.events import EngineEvent

from tests.support import report as made
from tools.report import (
    Code,
    Report,
    ReportError,
    code_of,
    document,
    failed,
    from_events,
    read,
    understand,
)
from tools.report.__main__ import main
from tools.report.preview import Op

STEP = made.step(
    "update",
    made.DEPLOYMENT,
    "chat-presence",
    old=made.deployment("presence"),
    new=made.deployment("presence", 3),
    paths={"spec.replicas": "update"},
)


def events(*steps: made.Json) -> list[made.Json]:
    def event(kind: str, held: made.Json) -> made.Json:
        return {"sequence": 1, "timestamp": 1, kind: held}

    def state(held: made.Json) -> made.Json:
        return {"urn": "", "id": "", "parent": "", "provider": "", **held}

    told = [event("preludeEvent", {"config": {"rocketchat:concurrentUsers": "900"}})]
    for step in steps:
        metadata = {
            "op": step["op"],
            "urn": step["urn"],
            "type": made.DEPLOYMENT,
            "provider": "",
            "old": step["oldState"] and state(step["oldState"]),
            "new": step["newState"] and state(step["newState"]),
            "detailedDiff": {
                path: {"diffKind": diff["kind"], "inputDiff": True}
                for path, diff in step["detailedDiff"].items()
            },
        }
        told.append(event("resourcePreEvent", {"metadata": metadata, "planning": True}))
    diagnostic = {"severity": "warning", "prefix": "warning: ", "color": "", "message": "mind it\n"}
    return [*told, event("diagnosticEvent", diagnostic)]


def digest(*steps: made.Json) -> made.Json:
    return {
        **made.preview(*steps, concurrentUsers="900"),
        "diagnostics": [{"severity": "warning", "message": "warning: mind it\n"}],
    }


def test_every_form_tells_the_same() -> None:
    whole = understand(read(json.dumps(digest(STEP))))
    lines = "\n".join(json.dumps(event) for event in events(STEP))
    streamed = understand(read(lines))
    automated = understand(from_events([EngineEvent.from_json(one) for one in events(STEP)]))
    assert document([whole]) == document([streamed]) == document([automated])
    assert "mind it" in document([whole])
    assert "1 → **3**" in document([whole])


def test_a_replacement_told_in_parts_is_one() -> None:
    old, new = made.deployment("presence"), made.deployment("presence", tag="9.0.0")
    parts = [
        made.step("create-replacement", made.DEPLOYMENT, "chat-presence", new=new),
        made.step("replace", made.DEPLOYMENT, "chat-presence", old=old, new=new),
        made.step("delete-replaced", made.DEPLOYMENT, "chat-presence", old=old),
    ]
    report = understand(read("\n".join(json.dumps(event) for event in events(*parts))))
    assert [change.op for change in report.changes] == [Op.REPLACE]


def test_what_pulumi_keeps_for_itself_is_no_object() -> None:
    for type_ in ("pulumi:providers:kubernetes", "pulumi:pulumi:Stack"):
        assert (
            made.report(made.step("update", type_, "it", old={"a": 1}, new={"a": 2})).changes == ()
        )


@pytest.mark.parametrize("text", ["", "[]", "3", '{"a": 1}', "error: no stack", '{"steps"'])
def test_what_is_no_preview_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match="pulumi preview --json"):
        read(text)


def test_a_preview_that_failed_has_a_report() -> None:
    told = {
        "steps": [STEP],
        "diagnostics": [
            {"severity": "error", "message": "<{%fg 1%}>error: <{%reset%}>it is broken\n"},
            {"severity": "error", "message": "error: preview failed\n"},
        ],
    }
    report = understand(read(json.dumps(told)))
    assert report.code is Code.ERROR
    text = document([report])
    assert "```text\nit is broken\n```" in text
    assert "chat-presence" not in text


def test_a_preview_that_never_began_has_a_report() -> None:
    report = understand(failed("prod", "error: no stack named prod"))
    assert report.code is Code.ERROR
    assert "no stack named prod" in document([report])


def _codes(*codes: Code) -> list[Report]:
    one = {
        Code.NOTHING: {"steps": []},
        Code.CHANGES: made.preview(STEP),
        Code.STOP: made.preview(
            made.step("delete", made.CLAIM, "chat-rocketchat", old=made.claim("5Gi")),
        ),
        Code.ERROR: {"diagnostics": [{"severity": "error", "message": "no"}]},
    }
    return [understand(read(json.dumps(one[code]), code.name)) for code in codes]


def test_an_error_weighs_more_than_a_stop_and_a_stop_more_than_a_change() -> None:
    every = [Code.NOTHING, Code.CHANGES, Code.STOP, Code.ERROR]
    for end in range(1, 5):
        assert code_of(_codes(*every[:end])) is every[end - 1]
    assert code_of([]) is Code.NOTHING


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def files(tmp_path: Path) -> dict[Code, str]:
    told = {
        Code.NOTHING: {"steps": []},
        Code.CHANGES: made.preview(STEP),
        Code.STOP: made.preview(
            made.step("delete", made.CLAIM, "chat-rocketchat", old=made.claim("5Gi")),
        ),
        Code.ERROR: {"diagnostics": [{"severity": "error", "message": "no"}]},
    }
    for code, preview in told.items():
        (tmp_path / f"{code.name}.json").write_text(json.dumps(preview), encoding="utf-8")
    return {code: str(tmp_path / f"{code.name}.json") for code in told}


def test_the_command_exits_with_what_there_is_to_do(
    capsys: pytest.CaptureFixture[str],
    files: dict[Code, str],
) -> None:
    for code, file in files.items():
        assert run(capsys, file)[0] == code
    together, out, _ = run(capsys, *files.values())
    assert together == Code.ERROR
    assert "## Preview of 4 stacks" in out


def test_the_command_tells_machines_the_same(
    capsys: pytest.CaptureFixture[str],
    files: dict[Code, str],
) -> None:
    code, out, _ = run(capsys, "--json", files[Code.STOP])
    told = json.loads(out)
    assert told["code"] == code == Code.STOP
    (stack,) = told["stacks"]
    assert (stack["stack"], stack["removed"], stack["basis"]["kind"]) == ("test", 1, "given")
    assert [stop["kind"] for stop in stack["stops"]] == ["deletion"]


def test_the_command_writes_the_short_and_the_complete_one(
    capsys: pytest.CaptureFixture[str],
    files: dict[Code, str],
    tmp_path: Path,
) -> None:
    short, full = tmp_path / "short.md", tmp_path / "full.md"
    options = ("--limit", "500", "--out", str(short), "--full", str(full))
    assert run(capsys, files[Code.CHANGES], *options) == (Code.CHANGES, "", "")
    assert "left out here" in short.read_text(encoding="utf-8")
    assert "Deployment/chat-presence" in full.read_text(encoding="utf-8")


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, said = run(capsys, str(tmp_path / "none.json"))
    assert code == 1
    assert "can't be read" in said


def on_the_path(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a shell script the `pulumi` that is found."""
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_real_stack_is_previewed_with_the_pulumi_on_the_path(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "preview.json").write_text(json.dumps(made.preview(STEP)), encoding="utf-8")
    on_the_path(
        f'[ "$*" = "preview --json --show-sames --non-interactive --stack prod" ] ||'
        f' {{ echo "error: no stack named $6" >&2; exit 255; }}\ncat "{tmp_path}/preview.json"\n',
        tmp_path,
        monkeypatch,
    )
    code, out, _ = run(capsys, "--stack", "prod")
    assert code == Code.CHANGES
    assert "Basis: the real stack" in out
    code, out, _ = run(capsys, "--stack", "prod", "--stack", "other")
    assert code == Code.ERROR
    assert "no stack named other" in out
    assert "1 → **3**" in out


def test_pulumi_that_fails_without_a_word_in_its_json_has_failed(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    script = """echo '{"steps": []}'\necho 'error: a policy forbids it' >&2\nexit 255\n"""
    on_the_path(script, tmp_path, monkeypatch)
    code, out, _ = run(capsys, "--stack", "prod")
    assert code == Code.ERROR
    assert "a policy forbids it" in out


def test_half_a_character_is_written_as_none() -> None:
    step = made.step("create", made.CONFIG_MAP, "\ud800", new=made.config_map("\ud800"))
    assert "\ufffd" in document([made.report(step)]).encode().decode()


def test_a_real_stack_needs_pulumi(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, _, said = run(capsys, "--stack", "prod")
    assert code == 1
    assert "no `pulumi` on PATH" in said
