"""What a report says of a rehearsal."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.rehearsal import CROWDED
from tests.support.report import deployment, preview, report_of, updated
from tools.errors import ToolError
from tools.rehearse.json_output import to_json
from tools.rehearse.outcome import Outcome
from tools.report import ExitCode, to_markdown
from tools.report import to_json as report_to_json
from tools.report.__main__ import main
from tools.report.rehearsal import Rehearsal, parse_rehearsal, timeline
from tools.report.report import add_rehearsal
from tools.report.risks import RiskKind

SCALE_UP = updated("ddp-streamer", deployment("ddp-streamer", 4), deployment("ddp-streamer", 12))
SCALED = report_of(SCALE_UP)
FITS = replace(CROWDED, shortages=())


def rehearsal(outcome: Outcome, stack: str = SCALED.stack) -> Rehearsal:
    return parse_rehearsal(json.dumps(to_json([outcome], stack)), "rehearsal.json")


def test_pods_that_do_not_come_up_are_a_risk() -> None:
    report = add_rehearsal(SCALED, rehearsal(CROWDED))
    assert SCALED.exit_code is ExitCode.CHANGES
    assert report.exit_code is ExitCode.RISKS
    assert [risk.kind for risk in report.risks] == [RiskKind.DOES_NOT_FIT]
    text = to_markdown([report])
    assert "2 of 12 instances of `ddp-streamer` don't come up: `0/3 nodes are available: 3" in text
    assert "set replicas.ddpStreamer to 10, which fit." in text
    (stack,) = report_to_json([report])["stacks"]
    assert stack["rehearsal"]["scenarios"][0]["shortages"][0]["fits"] == 10


def test_a_change_that_fits_is_no_risk_and_its_verdict_is_shown() -> None:
    report = add_rehearsal(SCALED, rehearsal(FITS))
    assert report.exit_code is ExitCode.CHANGES
    assert "the change: Everything fits. Short of instances: presence for 11 s" in to_markdown(
        [report]
    )


def test_the_timeline_shows_the_services_that_change() -> None:
    assert timeline(rehearsal(CROWDED).scenarios[0]).splitlines() == [
        "```mermaid",
        "gantt",
        "  dateFormat x",
        "  axisFormat %M:%S",
        "  section ddp-streamer",
        "  4 of 4 ready :done, 0, 3000",
        "  4 of 12 ready :crit, 3000, 9000",
        "  8 of 12 ready :crit, 9000, 14000",
        "  10 of 12 ready :crit, 14000, 15400",
        "  section presence",
        "  2 of 2 ready :done, 0, 3000",
        "  1 of 2 ready :crit, 3000, 14000",
        "  2 of 2 ready :done, 14000, 15400",
        "```",
    ]


def test_names_cannot_become_part_of_the_document() -> None:
    content = to_json([CROWDED], SCALED.stack)
    (scenario,) = content["scenarios"]
    hostile = "x\n```\n<img src=x> @everyone"
    scenario["verdict"] = scenario["shortages"][0]["reason"] = hostile
    for sample in scenario["samples"]:
        sample["services"] = {hostile: sample["services"]["ddp-streamer"]}
    played = parse_rehearsal(json.dumps(content), "rehearsal.json")
    assert timeline(played.scenarios[0]) == ""
    text = to_markdown([add_rehearsal(SCALED, played)])
    assert text.count("<img") == 1, "within the code block of the verdict alone"
    assert "````text\nthe change: x\n```\n<img src=x> @everyone\n````" in text


def test_files_of_rehearsals_are_read_for_their_stacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preview_file = tmp_path / "preview.json"
    preview_file.write_text(json.dumps(preview(SCALE_UP)))
    file = tmp_path / "rehearsal.json"
    file.write_text(json.dumps(to_json([CROWDED], SCALED.stack)))
    arguments = [str(preview_file), "--rehearsal", str(file)]
    assert main(arguments) == ExitCode.RISKS
    assert "#### Rehearsal" in capsys.readouterr().out
    file.write_text(json.dumps(to_json([CROWDED], "prod")))
    assert main(arguments) == ExitCode.ERROR
    assert "a rehearsal of stack prod, and the report is about test." in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stack": "x", "scenarios": [1]}'])
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(ToolError, match=r"rehearsal\.json: this isn't what"):
        parse_rehearsal(text, "rehearsal.json")
