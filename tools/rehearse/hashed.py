"""A snapshot without names: each is replaced by a keyed hash, and what was equal stays equal."""

import hmac
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tools.rehearse.snapshot import ClusterSnapshot, Json, Node, Pod

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = 12
_PUBLIC_LABELS = (
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "node-role.kubernetes.io/",
    "node.kubernetes.io/",
    "topology.kubernetes.io/",
)
"""These say what a node is like, not whose it is."""
_SYSTEM = "system-"
"""Kubernetes's own priority classes begin with this."""


def hash_names(snapshot: ClusterSnapshot) -> ClusterSnapshot:
    """Returns the snapshot with hashed names of nodes, namespaces, pods, owners and labels.

    The key is drawn anew and forgotten, so that guessing a name doesn't show whether it is there.
    The workspace's own workloads keep their names, which the stack's config says anyway.
    """
    names = _Names()
    return replace(
        snapshot,
        nodes=[names.node(node) for node in snapshot.nodes],
        pods=[names.pod(pod) for pod in snapshot.pods],
        workspace=[replace(pod, node=names.hash(pod.node)) for pod in snapshot.workspace],
        budgets=[
            {
                "namespace": names.hash(budget["namespace"]),
                "name": names.hash(budget["name"]),
                "spec": names.selectors(budget["spec"]),
            }
            for budget in snapshot.budgets
        ],
        volumes=[
            replace(volume, node_affinity=names.selectors(volume.node_affinity))
            for volume in snapshot.volumes
        ],
        quotas=[names.selectors(quota) for quota in snapshot.quotas],
        priority_classes=[
            {**item, "name": names.priority(item["name"])} for item in snapshot.priority_classes
        ],
    )


class _Names:
    def __init__(self) -> None:
        self._key = secrets.token_bytes()

    def hash(self, name: str) -> str:
        if not name:
            return ""
        # A name begins with a letter.
        return f"h{hmac.new(self._key, name.encode(), 'sha256').hexdigest()[:_LENGTH]}"

    def priority(self, name: str) -> str:
        return name if name.startswith(_SYSTEM) else self.hash(name)

    def node(self, node: Node) -> Node:
        taints = [
            {
                "key": self._key_of(taint["key"]),
                "effect": taint["effect"],
                **(
                    {"value": self._value(taint["key"], taint["value"])}
                    if taint.get("value")
                    else {}
                ),
            }
            for taint in node.taints
        ]
        return replace(
            node, name=self.hash(node.name), labels=self._labels(node.labels), taints=taints
        )

    def pod(self, pod: Pod) -> Pod:
        return replace(
            pod,
            namespace=self.hash(pod.namespace),
            name=self.hash(f"{pod.namespace}/{pod.name}"),
            node=self.hash(pod.node),
            owner=self.hash(pod.owner),
            labels=self._labels(pod.labels),
            scheduling=self.selectors(pod.scheduling),
        )

    def selectors(self, value: Any) -> Any:  # noqa: ANN401 - any part of a pod's spec
        """Hashes what selectors, tolerations and namespaces name, at any depth."""
        if isinstance(value, list):
            return [self.selectors(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: self._field(value, key) for key in value}

    def _field(self, parent: Json, key: str) -> Any:  # noqa: ANN401 - as above
        value, label = parent[key], str(parent.get("key", ""))
        if key in ("matchLabels", "nodeSelector"):
            return self._labels(value)
        hashes = {
            "namespaces": self.hash,
            "priorityClassName": self.priority,
            "key": self._key_of,
            "topologyKey": self._key_of,
            "matchLabelKeys": self._key_of,
            "mismatchLabelKeys": self._key_of,
        }
        if label and key in ("values", "value"):
            return _each(lambda item: self._value(label, item), value)
        return _each(hashes[key], value) if key in hashes else self.selectors(value)

    def _labels(self, labels: Any) -> dict[str, str]:  # noqa: ANN401 - labels, of JSON
        return {self._key_of(key): self._value(key, labels[key]) for key in labels}

    def _key_of(self, key: str) -> str:
        return key if "kubernetes.io/" in key else self.hash(key)

    def _value(self, key: str, value: str) -> str:
        return value if key.startswith(_PUBLIC_LABELS) else self.hash(value)


def _each(hashed: "Callable[[str], str]", value: str | list[str]) -> str | list[str]:
    return [hashed(item) for item in value] if isinstance(value, list) else hashed(value)
