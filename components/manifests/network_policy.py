"""The NetworkPolicy that protects the bundled NATS."""

from collections.abc import Iterable
from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import (
    KubernetesObject,
    match_labels,
    name_and_namespace,
    nested_map,
    workloads,
)
from components.manifests.workloads import find_workload
from components.services import NATS, NATS_CLUSTER_PORT, NATS_METRICS_PORT, NATS_MONITOR_PORT

_INSTANCE = "app.kubernetes.io/instance"


def add_nats_network_policy(
    objects: list[KubernetesObject], spec: WorkspaceSpec
) -> list[KubernetesObject]:
    """Returns `objects` with a NetworkPolicy for the bundled NATS, if that is among them.

    The bundled NATS has no authentication. The policy lets only the workspace's pods connect as
    clients, only the NATS servers to each other, and only the pods of the monitoring namespace to
    the ports that are scraped.
    """
    nats = find_workload(objects, NATS, spec.release)
    if nats is None:
        return objects
    servers = match_labels(nats)
    clients = [{_INSTANCE: spec.release}, *_helpers(objects, spec.release)]
    monitoring = {"kubernetes.io/metadata.name": spec.args["monitoring_namespace"]}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {**name_and_namespace(nats), "labels": servers},
        "spec": {
            "podSelector": {"matchLabels": servers},
            "policyTypes": ["Ingress"],
            "ingress": [
                _allow([_pods(labels) for labels in clients], NATS.port),
                _allow([_pods(servers)], NATS_CLUSTER_PORT),
                _allow(
                    [{"namespaceSelector": {"matchLabels": monitoring}}],
                    NATS_MONITOR_PORT,
                    NATS_METRICS_PORT,
                ),
            ],
        },
    }
    return [*objects, policy]


def _helpers(objects: Iterable[KubernetesObject], release: str) -> list[dict[str, str]]:
    """Selectors of the workloads whose pods lack the release's label, as those of nats-box."""
    return [
        match_labels(workload)
        for workload in workloads(objects)
        if nested_map(workload, "spec", "template", "metadata", "labels").get(_INSTANCE) != release
    ]


def _pods(labels: dict[str, str]) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels}}


def _allow(sources: list[dict[str, Any]], *ports: int) -> dict[str, Any]:
    return {
        "from": sources,
        "ports": [{"protocol": "TCP", "port": port} for port in ports],
    }
