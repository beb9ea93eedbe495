"""No text with a template reaches Helm."""

from typing import Any

import pytest

from components.inputs.spec import resolve
from tests.support.components import inputs, problems_of

DO = "holds {{, which Helm would evaluate as a template. Write out what it stands for."


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"extraEnv": [{"name": "A", "value": "a{{ 1 }}"}]}, ".extraEnv[0].value"),
        ({"extraEnv": "- name: {{ .Release.Name }}"}, ".extraEnv"),
        ({"podLabels": {"{{": "x"}}, '.podLabels["{{"]'),
        ({"podAnnotations": {"example.com/a": "{{/**/}}"}}, '.podAnnotations["example.com/a"]'),
    ],
)
def test_a_template_in_values_is_told_by_its_whole_key(values: dict[str, Any], path: str) -> None:
    assert problems_of(lambda: resolve(inputs(values=values))) == [f"values{path}: {DO}"]


def test_a_template_in_an_annotation_is_told() -> None:
    given = inputs(ingress={"annotations": {"a": "{{ 1 }}", "b": "}} {%", "c": "{ {"}})
    assert problems_of(lambda: resolve(given)) == [f"ingress.annotations.a: {DO}"]


def test_a_text_that_helm_never_sees_may_hold_one() -> None:
    assert resolve(inputs(license="{{ 1 }}")).license == "{{ 1 }}"
