"""A RunError is shown once."""

import pulumi
import pytest

from components.deploy.reported_errors import ALREADY_REPORTED, report_errors_once


def test_a_run_error_is_shown_and_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", errors.append)
    with pytest.raises(SystemExit) as ended, report_errors_once():
        raise pulumi.RunError("host: is missing.")
    assert ended.value.code == ALREADY_REPORTED
    assert errors == ["host: is missing."]


def test_other_errors_stay_as_they_are() -> None:
    with pytest.raises(KeyError), report_errors_once():
        raise KeyError
