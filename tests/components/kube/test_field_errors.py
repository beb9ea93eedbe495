"""What Kubernetes requires of fields beyond their types."""

from typing import Any

import pytest

from components.kube.schema import schema_errors
from tests.support.workloads import pod_errors, schema_errors_of


@pytest.mark.parametrize(
    ("pod", "error"),
    [
        ({"nodeSelector": {"a": "b c"}}, 'nodeSelector: {"a": "b c"} is not a valid label'),
        ({"priorityClassName": "a b"}, 'priorityClassName: got "a b"; allowed is a DNS name'),
        (
            {"restartPolicy": "x"},
            'restartPolicy: got "x"; allowed is Always or OnFailure or Never',
        ),
        ({"volumes": [{"name": "a"}, {"name": "a"}]}, 'volumes: "a" is given more than once'),
        (
            {"terminationGracePeriodSeconds": -1},
            "terminationGracePeriodSeconds: got -1; allowed is an integer from 0 to 2147483647",
        ),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": 65536}]}]},
            (
                "containers[0].ports[0].containerPort: got 65536; allowed is an integer from 1 to"
                " 65535"
            ),
        ),
        (
            {"containers": [{"name": "a b"}]},
            'containers[0].name: got "a b"; allowed is a DNS label',
        ),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": 1, "name": "x" * 16}]}]},
            (
                f'containers[0].ports[0].name: got "{"x" * 16}"; allowed is up to 15 lower-case'
                " letters, digits and single hyphens between them"
            ),
        ),
        (
            {"containers": [{"name": "c", "env": [{"name": "A=B"}]}]},
            'containers[0].env[0].name: got "A=B"; allowed is printable ASCII without =',
        ),
        (
            {"containers": [{"name": "c", "image": "a b"}]},
            'containers[0].image: got "a b"; allowed is an image without spaces',
        ),
    ],
)
def test_error_names_path_value_and_what_is_allowed(pod: dict[str, Any], error: str) -> None:
    assert pod_errors(**pod) == [f"spec.template.spec.{error}"]


@pytest.mark.parametrize(
    ("probe", "count"),
    [("livenessProbe", 1), ("startupProbe", 1), ("readinessProbe", 0)],
)
def test_only_readiness_may_need_several_successes(probe: str, count: int) -> None:
    container = {"name": "c", probe: {"successThreshold": 2}}
    assert len(pod_errors(containers=[container])) == count


@pytest.mark.parametrize(("value", "count"), [("25%", 0), (1, 0), ("-1e400", 1), ("x", 1)])
def test_share_is_an_integer_or_a_percentage(value: object, count: int) -> None:
    spec = {"maxUnavailable": value}
    obj = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": spec}
    assert len(schema_errors_of(obj)) == count


def test_annotation_keys_are_checked() -> None:
    metadata = {"annotations": {"a b": "c"}}
    obj = {"apiVersion": "v1", "kind": "Service", "metadata": metadata}
    assert schema_errors_of(obj) == [
        'metadata.annotations: "a b" is not a valid annotation key',
    ]


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def affinity_errors(affinity: dict[str, Any]) -> list[str]:
    return list(schema_errors(affinity, "Affinity", "v1"))


def node_affinity(**requirement: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong ones too
    term = {"matchExpressions": [{"key": "disk", **requirement}]}
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}


def pod_affinity(**term: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong ones too
    return {"podAntiAffinity": {REQUIRED: [{"topologyKey": "kubernetes.io/hostname", **term}]}}


def preferred_pod_affinity(weight: int) -> dict[str, Any]:
    term = {"weight": weight, "podAffinityTerm": {"topologyKey": "a"}}
    return {"podAffinity": {PREFERRED: [term]}}


@pytest.mark.parametrize(
    "affinity",
    [
        {},
        node_affinity(operator="In", values=["ssd", ""]),
        node_affinity(operator="Exists"),
        node_affinity(operator="Gt", values=["3"]),
        pod_affinity(labelSelector={"matchLabels": {"app": "x"}}, namespaces=["a"]),
        pod_affinity(labelSelector={"matchExpressions": [{"key": "a", "operator": "Exists"}]}),
        preferred_pod_affinity(100),
    ],
)
def test_valid_affinity_has_no_errors(affinity: dict[str, Any]) -> None:
    assert affinity_errors(affinity) == []


@pytest.mark.parametrize(
    ("affinity", "error"),
    [
        (
            {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}},
            f"nodeAffinity.{REQUIRED}.nodeSelectorTerms: got []; allowed is at least one term",
        ),
        (
            {"podAffinity": {REQUIRED: [{"topologyKey": 1}]}},
            f"podAffinity.{REQUIRED}[0].topologyKey: got 1; allowed is a string",
        ),
        (
            {"podAffinity": {REQUIRED: [{"topologyKey": "a b"}]}},
            f'podAffinity.{REQUIRED}[0].topologyKey: got "a b"; allowed is a label key',
        ),
        (
            {"podAffinity": {REQUIRED: [{}]}},
            f"podAffinity.{REQUIRED}[0]: missing field topologyKey",
        ),
        (
            preferred_pod_affinity(0),
            f"podAffinity.{PREFERRED}[0].weight: got 0; allowed is an integer from 1 to 100",
        ),
        (
            pod_affinity(labelSelector={"matchLabels": {"a b": "c"}}),
            (
                f"podAntiAffinity.{REQUIRED}[0].labelSelector.matchLabels:"
                ' {"a b": "c"} is not a valid label'
            ),
        ),
    ],
)
def test_error_in_affinity_names_its_path(affinity: dict[str, Any], error: str) -> None:
    assert affinity_errors(affinity) == [error]


@pytest.mark.parametrize(
    ("requirement", "error"),
    [
        (
            {"operator": "in", "values": ["a"]},
            'operator: got "in"; allowed is In or NotIn or Exists or DoesNotExist or Gt or Lt',
        ),
        ({"operator": "In"}, "values: got []; allowed is at least one value with In"),
        (
            {"operator": "Exists", "values": ["a"]},
            'values: got ["a"]; allowed is no value with Exists',
        ),
        (
            {"operator": "Gt", "values": ["a"]},
            'values: got ["a"]; allowed is a single integer with Gt',
        ),
        (
            {"operator": "Gt", "values": ["1", "2"]},
            'values: got ["1", "2"]; allowed is a single integer with Gt',
        ),
        (
            {"operator": "In", "values": ["a b"]},
            'values: got ["a b"]; allowed is label values with In',
        ),
        ({"key": "a b", "operator": "Exists"}, 'key: got "a b"; allowed is a label key'),
    ],
)
def test_values_of_a_requirement_have_to_match_its_operator(
    requirement: dict[str, Any], error: str
) -> None:
    path = f"nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0]"
    assert affinity_errors(node_affinity(**requirement)) == [f"{path}.{error}"]


@pytest.mark.parametrize("operator", ["Gt", "Lt"])
def test_pod_labels_are_not_compared_as_numbers(operator: str) -> None:
    requirement = {"key": "a", "operator": operator, "values": ["1"]}
    selector = {"matchExpressions": [requirement]}
    (error,) = affinity_errors(pod_affinity(labelSelector=selector))
    assert error.endswith(
        f'operator: got "{operator}"; allowed is In or NotIn or Exists or DoesNotExist'
    )
    # The same holds for selectors outside of affinity.
    pdb = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": {"selector": selector}}
    assert len(schema_errors_of(pdb)) == 1


@pytest.mark.parametrize("operator", ["Gt", "Lt"])
def test_node_labels_are_compared_as_numbers_in_preferences_too(operator: str) -> None:
    requirement = {"key": "a", "operator": operator, "values": ["1"]}
    term = {"weight": 1, "preference": {"matchExpressions": [requirement]}}
    assert affinity_errors({"nodeAffinity": {PREFERRED: [term]}}) == []
