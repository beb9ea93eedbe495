"""Who can reach NATS: the NetworkPolicy, evaluated over the rendered pods."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from components.inputs.resolve import resolve
from components.kube.objects import KubernetesObject, nested_map, workloads
from components.manifests.patches import apply_patches
from components.services import NATS, NATS_CLUSTER_PORT, NATS_METRICS_PORT, NATS_MONITOR_PORT
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import NEEDED, chart_of, render

pytestmark = pytest.mark.chart


class Pod(NamedTuple):
    name: str
    namespace: str
    labels: Mapping[str, str]


def workspace(**inputs: object) -> list[KubernetesObject]:
    spec = resolve({**NEEDED, **inputs})
    app_version = chart_of(SIMULATION_CHART).app_version
    return apply_patches(render(SIMULATION_CHART, spec), spec, app_version)


def pods(objects: list[KubernetesObject]) -> list[Pod]:
    return [
        Pod(
            workload["metadata"]["name"],
            workload["metadata"]["namespace"],
            nested_map(workload, "spec", "template", "metadata", "labels"),
        )
        for workload in workloads(objects)
    ]


def nats_of(objects: list[KubernetesObject]) -> Pod:
    (nats,) = [pod for pod in pods(objects) if pod.name == "chat-nats"]
    return nats


def reaches(source: Pod, target: Pod, port: int, policies: list[KubernetesObject]) -> bool:
    """Whether Kubernetes lets `source` connect, as the NetworkPolicy API defines it."""
    selecting = [
        policy["spec"]
        for policy in policies
        if policy["metadata"]["namespace"] == target.namespace
        and selects(policy["spec"]["podSelector"]["matchLabels"], target.labels)
    ]
    return not selecting or any(
        port in [allowed["port"] for allowed in rule["ports"]]
        and any(is_peer(source, peer, target.namespace) for peer in rule["from"])
        for spec in selecting
        for rule in spec["ingress"]
    )


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


def is_peer(source: Pod, peer: Mapping[str, Any], namespace: str) -> bool:
    if "namespaceSelector" in peer:
        labels = {"kubernetes.io/metadata.name": source.namespace}
        return selects(peer["namespaceSelector"]["matchLabels"], labels)
    return source.namespace == namespace and selects(
        peer["podSelector"]["matchLabels"], source.labels
    )


def policies_of(*workspaces: list[KubernetesObject]) -> list[KubernetesObject]:
    return [obj for objects in workspaces for obj in objects if obj["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize("namespace", ["chat", "talk"], ids=["in one namespace", "in two"])
def test_only_pods_of_the_workspace_reach_its_nats(namespace: str) -> None:
    own = workspace()
    other = workspace(release_name="talk", namespace=namespace)
    policies = policies_of(own, other)
    nats = nats_of(own)
    for pod in pods(own):
        assert reaches(pod, nats, NATS.port, policies), pod.name
        assert reaches(pod, nats, NATS_CLUSTER_PORT, policies) == (pod == nats), pod.name
    for pod in pods(other):
        for port in (NATS.port, NATS_CLUSTER_PORT, NATS_MONITOR_PORT, NATS_METRICS_PORT):
            assert not reaches(pod, nats, port, policies), (pod.name, port)


def test_only_the_monitoring_namespace_reaches_the_scraped_ports() -> None:
    objects = workspace(monitoring_namespace="prometheus")
    policies = policies_of(objects)
    nats = nats_of(objects)
    scraper = Pod("prometheus-0", "prometheus", {"app": "prometheus"})
    for port in (NATS_MONITOR_PORT, NATS_METRICS_PORT):
        assert reaches(scraper, nats, port, policies)
        assert not reaches(scraper._replace(namespace="monitoring"), nats, port, policies)
        assert not any(reaches(pod, nats, port, policies) for pod in pods(objects))
    for port in (NATS.port, NATS_CLUSTER_PORT):
        assert not reaches(scraper, nats, port, policies)


def test_external_nats_gets_no_policy() -> None:
    secret = {"name": "their-nats", "key": "url"}
    assert policies_of(workspace(nats={"existing_secret": secret})) == []
