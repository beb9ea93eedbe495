"""Builds a twin of a cluster: a simulated one with the same nodes, and others' pods in place."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

from components.kube.api import MERGE_PATCH, Api, ApiError
from components.kube.objects import KubernetesObject
from components.kube.paths import collection_path
from tools.errors import ToolError
from tools.rehearse.read import INSTANCE_LABEL
from tools.rehearse.snapshot import ClusterSnapshot, Json, Node, Pod, Volume
from tools.simulation.cluster import Cluster

WRITERS = 8
"""How many objects are written at the same time."""
NAME_LABEL = "app.kubernetes.io/name"
OWNER_LABEL = "rehearse/owner"
ADDRESSES_PER_NODE = 1024
TIED_TO_NODES = ("DaemonSet", "Node", "")
"""Kinds of owners whose pods come back on no other node, and stay when one is drained."""
CREATED_BY_KUBERNETES = ("default", "kube-system", "kube-public", "kube-node-lease")
SYSTEM_PRIORITY = "system-"
"""Classes with this prefix are in every cluster."""
READY_AFTER = "simulation/ready-after"


def build(folder: Path, snapshot: ClusterSnapshot) -> Cluster:
    """Starts a cluster in `folder` that has the snapshot's shape, without its workspace.

    A cluster that is there is removed first.

    Raises:
        ToolError: If the cluster doesn't start, or refuses an object of the snapshot.
    """
    cluster = Cluster(folder, list(map(node_object, range(len(snapshot.nodes)), snapshot.nodes)))
    cluster.down()
    cluster.up()
    namespaces = {item.namespace for item in snapshot.pods}
    namespaces |= {item["namespace"] for item in snapshot.budgets}
    with cluster.api() as api:
        _create_all(api, _priority_classes(snapshot))
        _create_all(api, _namespaces(namespaces - set(CREATED_BY_KUBERNETES)))
        # Admission refuses pods of a namespace until a controller has created this.
        _create_all(api, _service_accounts(namespaces), or_exists=True)
        _create_all(api, map(_pod, snapshot.pods))
        # They adopt the pods, and replace those that are evicted.
        _create_all(api, _owners(snapshot.pods))
        _create_all(api, _budgets(snapshot.budgets))
    return cluster


def bind_volumes(api: Api, namespace: str, volumes: Iterable[Volume]) -> None:
    """Binds the volumes of the workspace's claims to the nodes that the real ones are bound to.

    Raises:
        ApiError: If the cluster refuses that.
    """
    claims = {
        claim["metadata"]["name"]: claim["spec"].get("volumeName")
        for claim in api.items(collection_path("v1", "PersistentVolumeClaim", namespace))
    }
    for volume in volumes:
        if name := claims.get(volume.claim):
            path = f"{collection_path('v1', 'PersistentVolume')}/{name}"
            body = {"spec": {"nodeAffinity": volume.node_affinity}}
            api.send("PATCH", path, body, content_type=MERGE_PATCH)


def restrict(api: Api, namespace: str, snapshot: ClusterSnapshot) -> None:
    """Puts the quotas, limit ranges and labels of the workspace's namespace in force.

    Raises:
        ToolError: If the cluster refuses one.
    """
    path = f"/api/v1/namespaces/{namespace}"
    _create_all(api, _namespaces([namespace]), or_exists=True)
    if snapshot.pod_security:
        body = {"metadata": {"labels": dict(snapshot.pod_security)}}
        api.send("PATCH", path, body, content_type=MERGE_PATCH)
    for kind, specs in (
        ("resourcequotas", snapshot.quotas),
        ("limitranges", snapshot.limit_ranges),
    ):
        objects = (
            (f"{path}/{kind}", {"metadata": {"name": f"rehearse-{index}"}, "spec": spec})
            for index, spec in enumerate(specs)
        )
        _create_all(api, objects, or_exists=True)


def delay_readiness(api: Api, namespace: str, release: str, seconds: Mapping[str, float]) -> float:
    """Makes a workspace's pods that are created from now on get ready after some time.

    Args:
        api: The twin.
        namespace: Where the workspace is.
        release: Its release.
        seconds: By the names of services; "" is for all.

    Returns:
        The longest time, in seconds.
    """
    for index, (service, delay) in enumerate(sorted(seconds.items())):
        policy = _ready_after(namespace, release, service, delay)
        metadata = {"name": f"ready-after-{index}"}
        path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolic"
        api.send("POST", f"{path}ies", {"metadata": metadata, "spec": policy})
        binding = {"metadata": metadata, "spec": {"policyName": metadata["name"]}}
        api.send("POST", f"{path}ybindings", binding)
    return max(seconds.values(), default=0.0)


def _ready_after(namespace: str, release: str, service: str, seconds: float) -> Json:
    """The spec of a MutatingAdmissionPolicy that annotates pods for kwok."""
    selector: Json = {"matchLabels": {INSTANCE_LABEL: release}}
    if service:
        names = [service, f"{release}-{service}"]
        selector["matchExpressions"] = [{"key": NAME_LABEL, "operator": "In", "values": names}]
    resources = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["pods"],
    }
    annotations = f'{{"{READY_AFTER}": "{seconds:.1f}s"}}'
    patch = f"Object{{metadata: Object.metadata{{annotations: {annotations}}}}}"
    return {
        "matchConstraints": {
            "resourceRules": [resources],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "objectSelector": selector,
        },
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "mutations": [
            {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": patch}}
        ],
    }


def _create_all(
    api: Api, objects: Iterable[tuple[str, KubernetesObject]], *, or_exists: bool = False
) -> None:
    """Creates objects, given with the paths of their collections."""

    def create(item: tuple[str, KubernetesObject]) -> None:
        path, obj = item
        try:
            api.send("POST", path, obj, seconds=60)
        except ApiError as error:
            if not (or_exists and error.status == HTTPStatus.CONFLICT):
                name = f"{path.rpartition('/')[2]} {obj['metadata']['name']}"
                raise ToolError(f"The twin refuses {name}: {error}.") from None

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(create, objects))


def node_object(index: int, node: Node) -> KubernetesObject:
    """Returns a node for the twin.

    Args:
        index: Its number in the cluster, from which its addresses follow.
        node: What it is like.
    """
    third, fourth = divmod(index * ADDRESSES_PER_NODE // 256, 256)
    cidr = f"10.{1 + third}.{fourth}.0/22"
    return {
        "metadata": {
            "name": node.name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": dict(node.labels),
        },
        "spec": {
            "podCIDR": cidr,
            "podCIDRs": [cidr],
            "taints": node.taints,
            "unschedulable": not node.accepts_pods,
        },
        "status": {
            "addresses": [
                {"type": "Hostname", "address": node.name},
                {"type": "InternalIP", "address": f"10.200.{index // 250}.{index % 250 + 1}"},
            ],
            "capacity": dict(node.allocatable),
            "allocatable": dict(node.allocatable),
        },
    }


def _priority_classes(snapshot: ClusterSnapshot) -> Iterator[tuple[str, Json]]:
    for item in snapshot.priority_classes:
        if not item["name"].startswith(SYSTEM_PRIORITY):
            fields = {key: item[key] for key in item if key != "name"}
            yield (
                "/apis/scheduling.k8s.io/v1/priorityclasses",
                {"metadata": {"name": item["name"]}, **fields},
            )


def _namespaces(names: Iterable[str]) -> Iterator[tuple[str, Json]]:
    for name in sorted(names):
        yield "/api/v1/namespaces", {"metadata": {"name": name}}


def _service_accounts(namespaces: Iterable[str]) -> Iterator[tuple[str, Json]]:
    for namespace in sorted(namespaces):
        yield f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "default"}}


def _pod(pod: Pod) -> tuple[str, KubernetesObject]:
    labels = {**pod.labels, OWNER_LABEL: _owner_id(pod)}
    obj = {
        "metadata": {"name": pod.name, "labels": labels},
        "spec": {**_pod_spec(pod), **({"nodeName": pod.node} if pod.node else {})},
    }
    return f"/api/v1/namespaces/{pod.namespace}/pods", obj


def _pod_spec(pod: Pod) -> Json:
    ports = [{"containerPort": port["hostPort"], **port} for port in pod.host_ports]
    # What isn't native must be limited to the same amount.
    extended = {name: amount for name, amount in pod.requests.items() if "/" in name}
    resources: dict[str, Any] = {"requests": dict(pod.requests)}
    if extended:
        resources["limits"] = extended
    container = {"name": "all", "image": "none", "resources": resources, "ports": ports}
    return {
        **pod.scheduling,
        "containers": [container],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
    }


def _owners(pods: Iterable[Pod]) -> Iterator[tuple[str, KubernetesObject]]:
    """A ReplicaSet for each owner whose pods come back on other nodes."""
    by_owner: dict[tuple[str, str], list[Pod]] = defaultdict(list)
    for pod in pods:
        if pod.owner_kind not in TIED_TO_NODES:
            by_owner[pod.namespace, _owner_id(pod)].append(pod)
    for (namespace, owner), owned in by_owner.items():
        # Labels of single pods, such as a StatefulSet's, aren't of the template.
        common = dict(
            set(owned[0].labels.items()).intersection(*(pod.labels.items() for pod in owned))
        )
        yield (
            f"/apis/apps/v1/namespaces/{namespace}/replicasets",
            {
                "metadata": {"name": owner},
                "spec": {
                    "replicas": len(owned),
                    "selector": {"matchLabels": {OWNER_LABEL: owner}},
                    "template": {
                        "metadata": {"labels": {**common, OWNER_LABEL: owner}},
                        "spec": _pod_spec(owned[0]),
                    },
                },
            },
        )


def _owner_id(pod: Pod) -> str:
    owner = json.dumps([pod.owner_kind, pod.owner or pod.name])
    return f"o{hashlib.sha256(owner.encode()).hexdigest()[:16]}"


def _budgets(budgets: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    for budget in budgets:
        yield (
            f"/apis/policy/v1/namespaces/{budget['namespace']}/poddisruptionbudgets",
            {"metadata": {"name": budget["name"]}, "spec": budget["spec"]},
        )
