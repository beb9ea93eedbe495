"""What Helm makes of the operator's own values, held against what Kubernetes takes."""

from typing import Any

import pytest

from components.inputs.spec import resolve
from components.manifests.verify import check_kinds
from tests.support.components import inputs, kept_objects, refusal

VALUES = {"values": {"podLabels": {"a": "b"}}}


def rendered(**metadata: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - wrong ones too
    one = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", **metadata}}
    return [one, *kept_objects("ingress-tls")]


def test_what_kubernetes_does_not_take_is_told_with_values_as_the_reason() -> None:
    objects = rendered(annotations={"a": 1}, labels={"a b": "c"})
    told = refusal(lambda: check_kinds(objects, resolve(inputs(**VALUES))))
    assert told.splitlines() == [
        "values: with them the chart renders what Kubernetes doesn't take; nothing was changed:",
        "  - Service/x: metadata.annotations.a is 1, and a text has to be there",
        '  - Service/x: metadata.labels has {"a b": "c"}, which is no label',
        "Remove or correct what is about that.",
    ]


@pytest.mark.parametrize(("given", "labels"), [(VALUES, {"a": "b"}), ({}, {"a b": "c"})])
def test_all_else_passes(given: dict[str, Any], labels: dict[str, str]) -> None:
    check_kinds(rendered(labels=labels), resolve(inputs(**given)))
