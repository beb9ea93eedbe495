"""What keeps a workspace's pods from harm, and others' pods from its bus."""

from collections.abc import Iterable
from typing import Any

from components.kube.objects import KubernetesObject, containers, workloads
from components.services import NATS

USER = 65533
"""The user that Rocket.Chat's images run as since chart 7.0.0."""
ENFORCE_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""Labels of a namespace whose pods keep to the strictest PodSecurity standard."""

CLIENT, CLUSTER, MONITOR, METRICS = 4222, 6222, 8222, 7777
"""NATS's ports."""


def enforce_restricted(objects: Iterable[KubernetesObject]) -> None:
    """Has every pod keep to the PodSecurity standard `restricted`."""
    for one in workloads(objects):
        pod = one["spec"]["template"]["spec"]
        context = pod.setdefault("securityContext", {})
        context.setdefault("runAsUser", USER)
        # Volumes are handed to this group, so that the user can write there.
        context.setdefault("fsGroup", context["runAsUser"])
        context["runAsNonRoot"] = True
        context["seccompProfile"] = {"type": "RuntimeDefault"}
        for held in containers(one):
            own = held.setdefault("securityContext", {})
            own["allowPrivilegeEscalation"] = False
            own["capabilities"] = {"drop": ["ALL"]}


def nats_network_policy(
    objects: Iterable[KubernetesObject],
    *,
    release: str,
    namespace: str,
    monitoring: str,
) -> list[KubernetesObject]:
    """A NetworkPolicy that lets only this workspace's pods reach its NATS, if it has one.

    The bundled NATS has no authentication. Its servers alone reach the port between them, and pods
    in the namespace `monitoring` the ports that are scraped.
    """
    objects = list(objects)
    servers = [one for one in objects if one["kind"] == NATS.kind]
    if not servers:
        return []
    labels = servers[0]["spec"]["selector"]["matchLabels"]
    # Helpers of NATS have no label of the workspace's.
    peers = [{"app.kubernetes.io/instance": release}]
    for one in workloads(objects):
        own = one["spec"]["template"]["metadata"]["labels"]
        if own.get("app.kubernetes.io/instance") != release:
            peers.append(one["spec"]["selector"]["matchLabels"])
    scraper = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": monitoring}},
    }
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": servers[0]["metadata"]["name"],
                "namespace": namespace,
                "labels": labels,
            },
            "spec": {
                "podSelector": {"matchLabels": labels},
                "policyTypes": ["Ingress"],
                "ingress": [
                    _allow([_pods(peer) for peer in peers], CLIENT),
                    _allow([_pods(labels)], CLUSTER),
                    _allow([scraper], MONITOR, METRICS),
                ],
            },
        },
    ]


def _pods(labels: dict[str, str]) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels}}


def _allow(sources: list[dict[str, Any]], *ports: int) -> dict[str, Any]:
    return {
        "from": sources,
        "ports": [{"protocol": "TCP", "port": port} for port in ports],
    }
