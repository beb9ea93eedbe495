"""Reads a cluster's shape, with lists alone. Secrets and ConfigMaps are never asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from components.failures.snapshot import controller
from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject, nested_list, nested_map
from tools.rehearse.requests import pod_requests
from tools.rehearse.snapshot import ClusterSnapshot, Json, Node, Pod, Volume, WorkspacePod
from tools.status.observed import to_tool_error

LIST_SECONDS = 60.0
"""How long a large cluster can take to send a list."""
INSTANCE_LABEL = "app.kubernetes.io/instance"
HASH_LABEL = "pod-template-hash"
SCHEDULING = (
    "affinity",
    "nodeSelector",
    "priorityClassName",
    "tolerations",
    "topologySpreadConstraints",
)
POD_SECURITY = "pod-security.kubernetes.io/"


def read_cluster(api: Api, namespace: str, release: str) -> ClusterSnapshot:
    """Returns the shape of a cluster, and where the workspace `release` in `namespace` runs.

    Raises:
        ToolError: If the nodes or the pods can't be read, without which nothing can be said.
    """
    notes: list[str] = []

    def required(path: str, what: str) -> list[KubernetesObject]:
        try:
            return api.items(path, seconds=LIST_SECONDS)
        except ApiError as error:
            raise to_tool_error(api, error, f"list {what} of the whole cluster") from None

    def optional(path: str, without: str) -> list[KubernetesObject]:
        try:
            return api.items(path, seconds=LIST_SECONDS)
        except ApiError as error:
            notes.append(f"{without} ({error}).")
            return []

    nodes = required("/api/v1/nodes", "nodes")
    pods = [pod for pod in required("/api/v1/pods", "pods") if _takes_room(pod)]
    classes = optional(
        "/apis/scheduling.k8s.io/v1/priorityclasses",
        "Priority classes can't be listed, so no pod makes room for another",
    )
    known = {item["metadata"]["name"] for item in classes}
    within = f"/api/v1/namespaces/{namespace}"
    return ClusterSnapshot(
        nodes=[_node(node) for node in nodes],
        pods=[_pod(pod, known) for pod in pods if not _is_own(pod, namespace, release)],
        workspace=[_workspace_pod(pod) for pod in pods if _is_own(pod, namespace, release)],
        budgets=[
            {**_named(budget), "spec": budget.get("spec", {})}
            for budget in optional(
                "/apis/policy/v1/poddisruptionbudgets",
                "Disruption budgets of others can't be listed, so none of them blocks a drain",
            )
            if nested_map(budget, "metadata", "labels").get(INSTANCE_LABEL) != release
        ],
        volumes=_volumes(
            optional(
                "/api/v1/persistentvolumes",
                "Volumes can't be listed, so none binds its pods to a zone",
            ),
            namespace,
        ),
        quotas=_specs(
            optional(f"{within}/resourcequotas", "Quotas can't be listed, so none refuses a pod")
        ),
        limit_ranges=_specs(
            optional(f"{within}/limitranges", "Limit ranges can't be listed, so none is applied")
        ),
        priority_classes=[_priority_class(item) for item in classes],
        pod_security=_pod_security(api, namespace, notes),
        notes=notes,
    )


def _takes_room(pod: KubernetesObject) -> bool:
    finished = nested_map(pod, "status").get("phase") in ("Succeeded", "Failed")
    return not finished and "deletionTimestamp" not in pod["metadata"]


def _is_own(pod: KubernetesObject, namespace: str, release: str) -> bool:
    metadata = pod["metadata"]
    labels = metadata.get("labels") or {}
    # NATS's helper has no label of the release.
    ours = labels.get(INSTANCE_LABEL) == release or labels.get("app") == f"{release}-nats-box"
    return metadata["namespace"] == namespace and ours


def _node(node: KubernetesObject) -> Node:
    conditions = _conditions(node)
    return Node(
        name=node["metadata"]["name"],
        labels=nested_map(node, "metadata", "labels"),
        # Kubernetes taints a node by itself for what its conditions say.
        taints=[
            taint
            for taint in nested_list(node, "spec", "taints")
            if not taint["key"].startswith("node.kubernetes.io/")
        ],
        accepts_pods=_is_true(conditions.get("Ready", {}))
        and not nested_map(node, "spec").get("unschedulable"),
        allocatable=nested_map(node, "status", "allocatable"),
    )


def _pod(pod: KubernetesObject, priority_classes: set[str]) -> Pod:
    spec = pod["spec"]
    kind, owner = controller(pod) or ("", "")
    scheduling = {key: spec[key] for key in SCHEDULING if spec.get(key)}
    if scheduling.get("priorityClassName") not in priority_classes:
        scheduling.pop("priorityClassName", None)
    return Pod(
        namespace=pod["metadata"]["namespace"],
        name=pod["metadata"]["name"],
        node=spec.get("nodeName", ""),
        owner_kind=kind,
        owner=owner,
        labels=nested_map(pod, "metadata", "labels"),
        requests=pod_requests(spec),
        host_ports=[
            {"hostPort": port["hostPort"], "protocol": port.get("protocol", "TCP")}
            for container in nested_list(spec, "containers")
            for port in nested_list(container, "ports")
            if port.get("hostPort")
        ],
        scheduling=scheduling,
    )


def _workspace_pod(pod: KubernetesObject) -> WorkspacePod:
    return WorkspacePod(
        workload=workload_name(pod),
        node=pod["spec"].get("nodeName", ""),
        ready_seconds=_ready_seconds(pod),
    )


def workload_name(pod: KubernetesObject) -> str:
    """Returns the name of the Deployment or StatefulSet that a pod belongs to."""
    _, owner = controller(pod) or ("", pod["metadata"]["name"])
    template = nested_map(pod, "metadata", "labels").get(HASH_LABEL, "")
    return owner.removesuffix(f"-{template}") if template else owner


def _ready_seconds(pod: KubernetesObject) -> float | None:
    conditions = _conditions(pod)
    ready, scheduled = conditions.get("Ready", {}), conditions.get("PodScheduled", {})
    # After a restart, Ready says when the pod came back, which isn't how long a start takes.
    restarted = any(
        status.get("restartCount") for status in nested_list(pod, "status", "containerStatuses")
    )
    if restarted or not _is_true(ready) or not _is_true(scheduled):
        return None
    begin, end = (
        datetime.fromisoformat(condition["lastTransitionTime"]) for condition in (scheduled, ready)
    )
    return max((end - begin).total_seconds(), 0.0)


def _pod_security(api: Api, namespace: str, notes: list[str]) -> Mapping[str, str]:
    try:
        found = api.find(f"/api/v1/namespaces/{namespace}")
    except ApiError as error:
        notes.append(f"Namespace {namespace} can't be read, so no pod is refused by it ({error}).")
        return {}
    labels = nested_map(found, "metadata", "labels")
    return {key: value for key, value in labels.items() if key.startswith(POD_SECURITY)}


def _volumes(volumes: list[KubernetesObject], namespace: str) -> list[Volume]:
    """The volumes of a namespace's claims that only some nodes can mount."""
    found = []
    for volume in volumes:
        claim, affinity = (nested_map(volume, "spec", key) for key in ("claimRef", "nodeAffinity"))
        if affinity and claim.get("namespace") == namespace:
            found.append(Volume(claim["name"], affinity))
    return found


def _priority_class(item: KubernetesObject) -> Json:
    kept = ("value", "globalDefault", "preemptionPolicy")
    return {"name": item["metadata"]["name"]} | {key: item[key] for key in kept if key in item}


def _named(obj: KubernetesObject) -> Json:
    return {key: obj["metadata"][key] for key in ("namespace", "name")}


def _specs(objects: list[KubernetesObject]) -> list[Json]:
    return [nested_map(obj, "spec") for obj in objects]


def _conditions(obj: KubernetesObject) -> dict[str, Any]:
    return {item["type"]: item for item in nested_list(obj, "status", "conditions")}


def _is_true(condition: Mapping[str, Any]) -> bool:
    return condition.get("status") == "True"
