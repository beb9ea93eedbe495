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
from components.services import (
    NATS,
    NATS_CLUSTER_PORT,
    NATS_METRICS_PORT,
    NATS_MONITOR_PORT,
)

_INSTANCE = "app.kubernetes.io/instance"


def nats_network_policy(
    objects: Iterable[KubernetesObject], spec: WorkspaceSpec
) -> KubernetesObject | None:
    """Returns a NetworkPolicy for the bundled NATS, or None where it isn't among the objects.

    The bundled NATS has no authentication. The policy lets only the workspace's pods connect as
    clients, only the NATS servers to each other, and only the pods of the monitoring namespace to
    the ports that are scraped.
    """
    objects = list(objects)
    nats = find_workload(objects, NATS, spec.release)
    if nats is None:
        return None
    servers = match_labels(nats)
    clients = [{_INSTANCE: spec.release}, *_other_workloads(objects, spec.release)]
    monitoring = {"kubernetes.io/metadata.name": spec.args["monitoring_namespace"]}
    return {
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


def _other_workloads(objects: Iterable[KubernetesObject], release: str) -> list[dict[str, str]]:
    """Labels of the workloads without the release's label, as the helpers of NATS are."""
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
