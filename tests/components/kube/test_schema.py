"""Objects against what Kubernetes takes."""

from typing import Any

import pytest

from components.kube.objects import to_plain_json
from components.kube.schema import schema_errors
from tests.support.components import kept_objects
from tests.support.paths import CHART_FACTS

CASES = sorted(
    path.name.removesuffix(".manifests.yaml") for path in CHART_FACTS.glob("*.manifests.yaml")
)


def deployment(**pod: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong ones too
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [], **pod}},
        },
    }


def found(one: dict[str, Any]) -> list[str]:
    return list(schema_errors(one, one["kind"], one["apiVersion"]))


@pytest.mark.parametrize("case", CASES)
def test_what_the_official_chart_renders_fits(case: str) -> None:
    for one in map(to_plain_json, kept_objects(case)):
        assert found(one) == []


@pytest.mark.parametrize(
    ("pod", "told"),
    [
        ({"hostIPC": 1}, "hostIPC is 1, and true or false has to be there"),
        ({"hostIpc": True}, 'has "hostIpc", which is no field there'),
        ({"containers": {}}, "containers is {}, and a list has to be there"),
        ({"containers": [{}]}, "containers[0] lacks name"),
        (
            {"terminationGracePeriodSeconds": True},
            "terminationGracePeriodSeconds is true, and a whole number has to be there",
        ),
        ({"nodeSelector": {"a": 1}}, "nodeSelector.a is 1, and a text has to be there"),
        ({"nodeSelector": {"a": "b c"}}, 'nodeSelector has {"a": "b c"}, which is no label'),
        ({"priorityClassName": "a b"}, 'priorityClassName is "a b", which is no name'),
        ({"restartPolicy": "x"}, 'restartPolicy is "x"; allowed is Always or OnFailure or Never'),
        (
            {"volumes": [{"name": "a"}, {"name": "a"}]},
            'volumes has "a" more than once',
        ),
        (
            {"terminationGracePeriodSeconds": -1},
            "terminationGracePeriodSeconds is -1; allowed is a whole number from 0 to 2147483647",
        ),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": 65536}]}]},
            "containers[0].ports[0].containerPort is 65536; allowed is a port from 1 to 65535",
        ),
        ({"containers": [{"name": "a b"}]}, 'containers[0].name is "a b", which can\'t be there'),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": 1, "name": "x" * 16}]}]},
            f'containers[0].ports[0].name is "{"x" * 16}", which can\'t be there',
        ),
        (
            {"containers": [{"name": "c", "env": [{"name": "A=B"}]}]},
            'containers[0].env[0].name is "A=B", which can\'t be there',
        ),
        (
            {"containers": [{"name": "c", "image": "a b"}]},
            'containers[0].image is "a b", which can\'t be there',
        ),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": "http"}]}]},
            'containers[0].ports[0].containerPort is "http", and a whole number has to be there',
        ),
    ],
)
def test_what_does_not_fit_is_told_by_its_path(pod: dict[str, Any], told: str) -> None:
    (sentence,) = found(deployment(**pod))
    assert sentence in (f"spec.template.spec.{told}", f"spec.template.spec {told}")


@pytest.mark.parametrize(
    ("probe", "told"),
    [("livenessProbe", 1), ("startupProbe", 1), ("readinessProbe", 0)],
)
def test_one_success_is_enough_for_some_probes(probe: str, told: int) -> None:
    held = {"name": "c", probe: {"successThreshold": 2}}
    assert len(found(deployment(containers=[held]))) == told


@pytest.mark.parametrize(("most", "told"), [("25%", 0), (1, 0), ("-1e400", 1), ("x", 1)])
def test_a_share_is_a_number_or_percent(most: object, told: int) -> None:
    spec = {"maxUnavailable": most}
    one = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": spec}
    assert len(found(one)) == told


@pytest.mark.parametrize("port", [80, "http"])
def test_where_kubernetes_takes_two_types_both_fit(port: object) -> None:
    probe = {"tcpSocket": {"port": port}}
    assert found(deployment(containers=[{"name": "c", "livenessProbe": probe}])) == []


def test_an_amount_may_be_a_number() -> None:
    resources = {"limits": {"cpu": 1, "memory": 0.5e9}}
    assert found(deployment(containers=[{"name": "c", "resources": resources}])) == []


def test_keys_of_annotations_have_a_form_too() -> None:
    one = {"apiVersion": "v1", "kind": "Service", "metadata": {"annotations": {"a b": "c"}}}
    assert found(one) == ['metadata.annotations has "a b", which is no annotation\'s key']


@pytest.mark.parametrize(
    ("version", "kind"), [("monitoring.coreos.com/v1", "PodMonitor"), ("v1", "Nothing")]
)
def test_what_kubernetes_does_not_have_fits(version: str, kind: str) -> None:
    assert found({"apiVersion": version, "kind": kind, "spec": 1}) == []
