"""Objects against the fields and types that Kubernetes declares."""

from typing import Any

import pytest

from components.inputs.resolve import resolve
from components.kube.objects import to_plain_json
from components.kube.schema import schema_errors
from tests.support.components import inputs, kept_objects, problems_of
from tests.support.paths import CHART_FACTS
from tests.support.workloads import pod_errors, schema_errors_of

CASES = sorted(
    path.name.removesuffix(".manifests.yaml") for path in CHART_FACTS.glob("*.manifests.yaml")
)


@pytest.mark.parametrize("case", CASES)
def test_objects_of_the_official_chart_are_valid(case: str) -> None:
    for obj in map(to_plain_json, kept_objects(case)):
        assert schema_errors_of(obj) == []


@pytest.mark.parametrize(
    ("pod", "error"),
    [
        ({"hostIPC": 1}, ".hostIPC: got 1; allowed is true or false"),
        ({"hostIpc": True}, ': unknown field "hostIpc"'),
        ({"containers": {}}, ".containers: got {}; allowed is an array"),
        ({"containers": [{}]}, ".containers[0]: missing field name"),
        ({"affinity": []}, ".affinity: got []; allowed is an object"),
        (
            {"terminationGracePeriodSeconds": True},
            ".terminationGracePeriodSeconds: got true; allowed is an integer",
        ),
        ({"nodeSelector": {"a": 1}}, ".nodeSelector.a: got 1; allowed is a string"),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": "http"}]}]},
            '.containers[0].ports[0].containerPort: got "http"; allowed is an integer',
        ),
    ],
)
def test_error_names_path_value_and_allowed_type(pod: dict[str, Any], error: str) -> None:
    assert pod_errors(**pod) == [f"spec.template.spec{error}"]


@pytest.mark.parametrize("port", [80, "http"])
def test_field_of_two_types_accepts_both(port: object) -> None:
    probe = {"tcpSocket": {"port": port}}
    assert pod_errors(containers=[{"name": "c", "livenessProbe": probe}]) == []


def test_quantity_may_be_a_number() -> None:
    resources = {"limits": {"cpu": 1, "memory": 0.5e9}}
    assert pod_errors(containers=[{"name": "c", "resources": resources}]) == []


@pytest.mark.parametrize(
    ("api_version", "kind"), [("monitoring.coreos.com/v1", "PodMonitor"), ("v1", "Nothing")]
)
def test_kinds_that_kubernetes_does_not_have_are_not_checked(api_version: str, kind: str) -> None:
    assert schema_errors_of({"apiVersion": api_version, "kind": kind, "spec": 1}) == []


def test_types_within_an_object_can_be_checked_by_themselves() -> None:
    assert list(schema_errors({"nodeAfinity": {}}, "Affinity", "v1")) == [
        'unknown field "nodeAfinity"'
    ]
    assert list(schema_errors({"nodeAffinity": None}, "Affinity", "v1")) == []


def test_error_in_affinity_begins_with_the_input() -> None:
    (problem,) = problems_of(lambda: resolve(inputs(affinity={"nodeAffinity": 1})))
    assert problem == "affinity: nodeAffinity: got 1; allowed is an object."
