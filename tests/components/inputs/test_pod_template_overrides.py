"""The input `pod_template_overrides`: its form, and its secrets."""

from typing import Any

import pulumi
import pytest

from components.inputs.errors import ValidationErrors
from components.inputs.pod_template_overrides import check_pod_template_overrides, holds_secrets
from tests.support.components import (
    CANARY,
    ENCRYPTED,
    config,
    gathered,
    problems_of,
    resolve_config,
)


@pytest.mark.parametrize("wrong", [{"a": "x"}, {"a": [1]}, {"a": {"b": object()}}])
def test_anything_but_a_patch_for_each_workload_is_refused(wrong: dict[str, Any]) -> None:
    errors = ValidationErrors()
    check_pod_template_overrides(wrong, "pod_template_overrides", errors)
    (message,) = gathered(errors)
    assert "make adopt" in message


def test_variables_and_annotations_of_an_encrypted_input_stay_secret() -> None:
    text = '{"a": {"metadata": {"annotations": {"k": "h"}}, "spec": {"x": [{"value": "v"}]}}}'
    args = resolve_config(
        config(podTemplateOverrides=text), {*ENCRYPTED, "podTemplateOverrides"}
    ).args
    found = args["pod_template_overrides"]["a"]
    assert isinstance(found["metadata"]["annotations"]["k"], pulumi.Output)
    assert isinstance(found["spec"]["x"][0]["value"], pulumi.Output)
    assert holds_secrets(
        resolve_config(config(podTemplateOverrides=text), ENCRYPTED).pod_template_overrides
    )
    assert not holds_secrets({"a": {"spec": {"nodeSelector": {"pool": "chat"}, "x": None}}})


def test_encrypted_value_that_is_no_patch_is_not_shown() -> None:
    problems = problems_of(
        lambda: resolve_config(
            config(podTemplateOverrides=CANARY), {*ENCRYPTED, "podTemplateOverrides"}
        )
    )
    assert "podTemplateOverrides" in str(problems)
    assert CANARY not in str(problems)
