"""What `monitoring` adds, and what it takes away."""

from typing import Any

import pytest

from components.chart.render import installed_objects
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.manifests.patches import apply_patches
from components.manifests.served_apis import MONITORING, drop_unserved, needed_groups
from components.manifests.verify import mismatches
from tests.support.components import (
    Object,
    inputs,
    kept_objects,
    of_kind,
    problems_of,
    without_nats,
)
from tests.support.paths import SIMULATION_CHART
from tests.support.prometheus import targets
from tests.support.rendering import chart_of

LABELS = {"release": "prometheus"}
OWN = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PodMonitor",
    "metadata": {"name": "chat-nats-monitor", "namespace": "chat"},
    "spec": {"podMetricsEndpoints": [{"port": "prom-metrics"}], "selector": {}},
}
"""As the chart renders it where the cluster has the kind."""


def patched(case: str = "per-service", **args: Any) -> tuple[list[Object], WorkspaceSpec]:  # noqa: ANN401 - inputs
    spec = resolve(inputs(namespace="chat", **{"monitoring": {"labels": LABELS}, **args}))
    rendered = installed_objects([*kept_objects(case), OWN], spec.namespace)
    return apply_patches(rendered, spec, "8.6.1"), spec


def wrong(objects: list[Object], spec: WorkspaceSpec) -> list[str]:
    found = mismatches(objects, spec, chart_of(SIMULATION_CHART))
    return [item.location for item in found if item.input == "monitoring"]


def test_every_pod_is_scraped_at_every_port_with_metrics_and_once() -> None:
    objects, spec = patched()
    monitors = of_kind(objects, "PodMonitor")
    assert monitors.keys() == {"chat-services", "chat-nats"}
    assert all(item["metadata"]["labels"]["release"] == "prometheus" for item in monitors.values())
    ports: dict[str, list[str]] = {}
    for target in targets(objects):
        if target.pod.endswith("-0"):
            ports.setdefault(target.pod, []).append(target.labels["endpoint"])
    assert ports.pop("chat-nats-0") == ["metrics"]
    assert ports.pop("chat-rocketchat-0") == ["metrics", "ms-metrics"]
    assert set(map(tuple, ports.values())) == {("ms-metrics",)}
    assert len(ports) == len(spec.services) - 2
    assert wrong(objects, spec) == []


def test_without_the_input_the_chart_keeps_its_own() -> None:
    spec = resolve(inputs(namespace="chat"))
    objects = apply_patches([*kept_objects("per-service"), OWN], spec, "8.6.1")
    assert of_kind(objects, "PodMonitor").keys() == {"chat-nats-monitor"}
    assert needed_groups(spec) == []


def test_a_service_without_a_port_that_is_scraped_is_reported() -> None:
    objects, spec = patched()
    workload = of_kind(objects, "Deployment")["chat-presence"]
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    container["ports"] = [{"name": "http", "containerPort": 3000}]
    workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] = "other"
    assert wrong(objects, spec) == ["ports of Deployment/chat-presence"]


def test_a_monolith_alone_has_alerts_of_its_own_only() -> None:
    spec = resolve(inputs(namespace="chat", mode="monolith", monitoring={}))
    objects = apply_patches(without_nats(kept_objects("monolith-alone")), spec, "8.6.1")
    (group,) = of_kind(objects, "PrometheusRule")["chat-alerts"]["spec"]["groups"]
    assert {rule["alert"] for rule in group["rules"]} == {
        "RocketChatInstancesMissing",
        "RocketChatEventLoopLag",
        "RocketChatRateLimited",
    }


def test_a_paused_workspace_has_no_alert() -> None:
    objects, _ = patched(pause=True)
    (group,) = of_kind(objects, "PrometheusRule")["chat-alerts"]["spec"]["groups"]
    assert group["rules"] == []


@pytest.mark.parametrize(
    ("served", "kept"),
    [
        ({}, True),
        ({MONITORING: {"podmonitors", "podmonitors/status", "prometheusrules"}}, True),
        ({MONITORING: {"podmonitors"}}, False),
        ({MONITORING: set()}, False),
    ],
)
def test_without_the_kinds_nothing_is_applied_and_the_preview_says_so(
    served: dict[str, set[str]], *, kept: bool
) -> None:
    objects, spec = patched()
    left, warnings = drop_unserved(objects, spec, served)
    kinds = {"PodMonitor", "PrometheusRule"} & {obj["kind"] for obj in left}
    assert bool(kinds) == ("chat-dashboard" in of_kind(left, "ConfigMap")) == kept
    assert bool(warnings) != kept
    if warnings:
        assert warnings[0].startswith("monitoring: has no effect, as the cluster has no ")
        assert "PrometheusRule (monitoring.coreos.com/v1). Install" in warnings[0]


@pytest.mark.parametrize(
    "values",
    [
        {"podMonitor": {"enabled": True}},
        {"serviceMonitor": {"enabled": True}},
        {"nats": {"exporter": {"enabled": False}}},
        {"prometheusScraping": {"enabled": False}},
    ],
)
def test_values_that_would_undo_it_are_refused_beside_it_only(values: dict[str, Any]) -> None:
    (problem,) = problems_of(lambda: patched(values=values))
    assert problem.endswith("belongs to an input. Use monitoring.")
    resolve(inputs(values=values))


def test_labels_that_kubernetes_refuses_are_refused() -> None:
    (problem,) = problems_of(lambda: patched(monitoring={"labels": {"a b": "c"}}))
    assert problem.startswith("monitoring.labels: ")
