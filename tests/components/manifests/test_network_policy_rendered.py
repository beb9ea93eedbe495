"""Who reaches NATS: the NetworkPolicy, evaluated over the pods that were rendered."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from components.inputs.spec import resolve
from components.kube.objects import KubernetesObject, workloads
from components.rocketchat import patch_manifests
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import NEEDED, chart_of, render

pytestmark = pytest.mark.chart

CLIENT, CLUSTER, MONITOR, METRICS = 4222, 6222, 8222, 7777


class Pod(NamedTuple):
    name: str
    namespace: str
    labels: Mapping[str, str]


def workspace(helm: str, **more: str) -> list[KubernetesObject]:
    spec = resolve({**NEEDED, **more})
    return patch_manifests(render(helm, SIMULATION_CHART, spec), spec, chart_of(SIMULATION_CHART))


def pods(objects: list[KubernetesObject]) -> list[Pod]:
    return [
        Pod(one["metadata"]["name"], one["metadata"]["namespace"], template["metadata"]["labels"])
        for one in workloads(objects)
        for template in [one["spec"]["template"]]
    ]


def reaches(source: Pod, target: Pod, port: int, policies: list[KubernetesObject]) -> bool:
    """Whether Kubernetes lets `source` connect, as the NetworkPolicy API defines it."""
    selecting = [
        policy["spec"]
        for policy in policies
        if policy["metadata"]["namespace"] == target.namespace
        and within(policy["spec"]["podSelector"]["matchLabels"], target.labels)
    ]
    return not selecting or any(
        port in [allowed["port"] for allowed in rule["ports"]]
        and any(is_peer(source, peer, target.namespace) for peer in rule["from"])
        for spec in selecting
        for rule in spec["ingress"]
    )


def within(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return wanted.items() <= labels.items()


def is_peer(source: Pod, peer: Mapping[str, Any], namespace: str) -> bool:
    if "namespaceSelector" in peer:
        names = {"kubernetes.io/metadata.name": source.namespace}
        return within(peer["namespaceSelector"]["matchLabels"], names)
    return source.namespace == namespace and within(
        peer["podSelector"]["matchLabels"], source.labels
    )


def policies_of(*workspaces: list[KubernetesObject]) -> list[KubernetesObject]:
    return [one for each in workspaces for one in each if one["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize("namespace", ["chat", "talk"], ids=["in one namespace", "in two"])
def test_two_workspaces_do_not_hear_each_other(helm: str, namespace: str) -> None:
    one = workspace(helm)
    other = workspace(helm, release_name="talk", namespace=namespace)
    policies = policies_of(one, other)
    (server,) = [pod for pod in pods(one) if pod.name == "chat-nats"]
    for pod in pods(one):
        assert reaches(pod, server, CLIENT, policies), pod.name
        assert reaches(pod, server, CLUSTER, policies) == (pod == server), pod.name
    for pod in pods(other):
        for port in (CLIENT, CLUSTER, MONITOR, METRICS):
            assert not reaches(pod, server, port, policies), (pod.name, port)


def test_only_what_scrapes_reaches_the_monitor(helm: str) -> None:
    objects = workspace(helm, monitoring_namespace="prometheus")
    policies = policies_of(objects)
    (server,) = [pod for pod in pods(objects) if pod.name == "chat-nats"]
    scraper = Pod("prometheus-0", "prometheus", {"app": "prometheus"})
    for port in (MONITOR, METRICS):
        assert reaches(scraper, server, port, policies)
        assert not reaches(scraper._replace(namespace="monitoring"), server, port, policies)
        assert not any(reaches(pod, server, port, policies) for pod in pods(objects))
    for port in (CLIENT, CLUSTER):
        assert not reaches(scraper, server, port, policies)


def test_an_external_nats_has_no_policy_of_ours(helm: str) -> None:
    spec = resolve({**NEEDED, "nats": {"existing_secret": {"name": "their-nats", "key": "url"}}})
    objects = patch_manifests(
        render(helm, SIMULATION_CHART, spec), spec, chart_of(SIMULATION_CHART)
    )
    assert policies_of(objects) == []
