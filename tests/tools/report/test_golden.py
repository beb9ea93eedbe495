"""Golden reports of real changes: what the engine said of each is in tests/support/previews.

After an intended change, run `ROCKETCHAT_GOLDEN=write pytest tests/tools/report/test_golden.py`
and read the diff. `python -m tests.support.record_previews` records the previews anew.
"""

import json
import os
import re
from dataclasses import replace

import pytest

from tests.support.record_previews import CASES as RECORDABLE
from tests.support.record_previews import SECRETS
from tests.support.report import CASES, GOLDEN, RECORDED, recorded
from tools.report import Code, document, facts

CODES = {
    "scale-one": Code.CHANGES,
    "per-service": Code.CHANGES,
    "external-nats": Code.CHANGES,
    "monolith": Code.CHANGES,
    "image": Code.CHANGES,
    "chart-major": Code.STOP,
    "rotate-mongodbUrl": Code.CHANGES,
    "rotate-license": Code.CHANGES,
    "rotate-registrationToken": Code.CHANGES,
    "rotate-smtpPassword": Code.CHANGES,
    "rotate-natsUrl": Code.CHANGES,
    "volume-shrunk": Code.ERROR,
    "namespace": Code.STOP,
    "host": Code.CHANGES,
    "nothing": Code.NOTHING,
    "fails": Code.ERROR,
    "too-few": Code.STOP,
    "skipped-major": Code.STOP,
    "downgrade": Code.STOP,
    "refused": Code.ERROR,
}


def test_every_case_is_recorded_and_judged() -> None:
    assert set(CASES) == set(RECORDABLE) == set(CODES)


@pytest.mark.parametrize("case", CASES)
def test_the_report_reads_as_it_did(case: str) -> None:
    file = GOLDEN / f"{case}.md"
    made = document([recorded(case)])
    if os.environ.get("ROCKETCHAT_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")


def test_all_in_one_document_reads_as_it_did() -> None:
    file = GOLDEN / "several.md"
    cases = {"dev": "scale-one", "staging": "nothing", "prod": "namespace", "other": "fails"}
    reports = [recorded(case) for case in cases.values()]
    made = document(
        [
            replace(report, preview=replace(report.preview, stack=name))
            for name, report in zip(cases, reports, strict=True)
        ],
    )
    if os.environ.get("ROCKETCHAT_GOLDEN") == "write":
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_code_says_what_to_do(case: str) -> None:
    assert recorded(case).code is CODES[case]


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_a_secret_or_a_machine_is_recorded_or_told(case: str) -> None:
    texts = (
        (RECORDED / f"{case}.json").read_text(encoding="utf-8"),
        document([recorded(case)]),
        json.dumps(facts([recorded(case)])),
    )
    secrets = [
        text.replace("before", word) for text in SECRETS.values() for word in ("before", "after")
    ]
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
        assert not re.search(r"/(tmp|root|home|Users|work)/", text)
