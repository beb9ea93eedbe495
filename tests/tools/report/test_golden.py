"""Golden reports on real changes, whose previews are recorded in tests/support/previews.

After an intended change, run `ROCKETCHAT_GOLDEN=write pytest tests/tools/report/test_golden.py`
and read the diff. `python -m tests.support.record_previews` records the previews again.
"""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.record_previews import CASES as RECORDABLE
from tests.support.record_previews import SECRETS
from tests.support.report import CASES, GOLDEN, RECORDED, recorded_report
from tools.report import ExitCode, Report, to_json, to_markdown

EXIT_CODES = {
    "scale-one": ExitCode.CHANGES,
    "per-service": ExitCode.CHANGES,
    "external-nats": ExitCode.CHANGES,
    "monolith": ExitCode.CHANGES,
    "image": ExitCode.CHANGES,
    "chart-major": ExitCode.RISKS,
    "rotate-mongodbUrl": ExitCode.CHANGES,
    "rotate-license": ExitCode.CHANGES,
    "rotate-registrationToken": ExitCode.CHANGES,
    "rotate-smtpPassword": ExitCode.CHANGES,
    "rotate-natsUrl": ExitCode.CHANGES,
    "volume-shrunk": ExitCode.ERROR,
    "namespace": ExitCode.RISKS,
    "host": ExitCode.CHANGES,
    "nothing": ExitCode.NO_CHANGES,
    "fails": ExitCode.ERROR,
    "too-few": ExitCode.RISKS,
    "skipped-major": ExitCode.RISKS,
    "downgrade": ExitCode.RISKS,
    "refused": ExitCode.ERROR,
}


def check_golden(file: Path, reports: list[Report]) -> None:
    text = to_markdown(reports)
    if os.environ.get("ROCKETCHAT_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_case_has_a_recording_and_an_exit_code() -> None:
    assert set(CASES) == set(RECORDABLE) == set(EXIT_CODES)


@pytest.mark.parametrize("case", CASES)
def test_the_report_is_unchanged(case: str) -> None:
    check_golden(GOLDEN / f"{case}.md", [recorded_report(case)])


def test_the_report_on_several_stacks_is_unchanged() -> None:
    cases = {"dev": "scale-one", "staging": "nothing", "prod": "namespace", "other": "fails"}
    reports = [(stack, recorded_report(case)) for stack, case in cases.items()]
    named = [
        replace(report, preview=replace(report.preview, stack=stack)) for stack, report in reports
    ]
    check_golden(GOLDEN / "several.md", named)


@pytest.mark.parametrize("case", CASES)
def test_the_exit_code_fits_the_change(case: str) -> None:
    assert recorded_report(case).exit_code is EXIT_CODES[case]


@pytest.mark.parametrize("case", CASES)
def test_neither_secrets_nor_local_paths_are_recorded_or_shown(case: str) -> None:
    report = recorded_report(case)
    texts = (
        (RECORDED / f"{case}.json").read_text(encoding="utf-8"),
        to_markdown([report]),
        json.dumps(to_json([report])),
    )
    secrets = [
        text.replace("before", word) for text in SECRETS.values() for word in ("before", "after")
    ]
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
        assert not re.search(r"/(tmp|root|home|Users|work)/", text)
