"""The state of the cluster, read once, as plain dicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from components.kube.api import UNREACHABLE, Api, ApiError
from components.kube.objects import KubernetesObject
from tools.errors import ToolError

ZONE_LABEL = "topology.kubernetes.io/zone"
_PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/{}/replicasets",
    "Pod": "/api/v1/namespaces/{}/pods",
}
_AUTOSCALERS = "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers"


@dataclass(frozen=True)
class Observed:
    """The workloads and pods of one namespace, and the cluster's nodes."""

    workloads: Sequence[KubernetesObject]
    replica_sets: Sequence[KubernetesObject]
    pods: Sequence[KubernetesObject]
    nodes: Sequence[KubernetesObject]
    notes: Sequence[str] = ()
    autoscalers: Sequence[KubernetesObject] = ()

    def zone_of(self, node_name: str) -> str:
        """Returns the zone of a node; "" if it isn't known."""
        for node in self.nodes:
            if node["metadata"]["name"] == node_name:
                return str(node["metadata"].get("labels", {}).get(ZONE_LABEL, ""))
        return ""

    def autoscaled(self, workload: KubernetesObject) -> tuple[int, int] | None:
        """Returns the bounds of an autoscaler that scales a workload; None if there is none."""
        for autoscaler in self.autoscalers:
            spec = autoscaler["spec"]
            target = spec["scaleTargetRef"]
            if (target["kind"], target["name"]) == (workload["kind"], workload["metadata"]["name"]):
                return int(spec.get("minReplicas", 1)), int(spec["maxReplicas"])
        return None

    def workload_of(self, pod: KubernetesObject) -> tuple[str, str] | None:
        """Returns kind and name of the workload that controls a pod; None for a pod on its own."""
        owner = _controller(pod)
        if owner and owner["kind"] == "ReplicaSet":
            matching = (rs for rs in self.replica_sets if rs["metadata"]["name"] == owner["name"])
            owner = next((above for rs in matching if (above := _controller(rs))), owner)
        return (owner["kind"], owner["name"]) if owner else None


def observe(api: Api, namespace: str) -> Observed:
    """Reads the state of a namespace and of the nodes.

    Raises:
        ToolError: If the cluster doesn't answer, or doesn't allow the namespace to be read.
    """
    objects = {kind: _list(api, kind, path, namespace) for kind, path in _PATHS.items()}
    notes = []
    try:
        nodes = api.items("/api/v1/nodes")
    except ApiError as error:
        nodes = []
        notes.append(f"Zones are unknown, as the nodes can't be listed: {error}.")
    try:
        autoscalers = api.items(_AUTOSCALERS.format(namespace))
    except ApiError as error:
        autoscalers = []
        notes.append(f"Autoscalers of others are unknown, as they can't be listed: {error}.")
    return Observed(
        workloads=[*objects["Deployment"], *objects["StatefulSet"]],
        replica_sets=objects["ReplicaSet"],
        pods=objects["Pod"],
        nodes=nodes,
        notes=notes,
        autoscalers=autoscalers,
    )


def to_tool_error(api: Api, error: ApiError, action: str) -> ToolError:
    """Returns an error that says what a person can do about a failed call.

    Args:
        api: The API that was called.
        error: What the call raised.
        action: What the call was for, such as `list pods in namespace chat`.
    """
    if error.status == UNREACHABLE:
        return ToolError(
            f"The cluster at {api.server} doesn't answer: {error}. Check that it runs and that this"
            " machine reaches it.",
        )
    if error.status == HTTPStatus.UNAUTHORIZED:
        return ToolError(
            f"The cluster at {api.server} rejects your credentials. Renew your log-in, or choose"
            " another context with --context.",
        )
    if error.status == HTTPStatus.FORBIDDEN:
        return ToolError(
            f"You aren't allowed to {action}: {error}. Ask for a role that is, such as Kubernetes'"
            " own `view`.",
        )
    return ToolError(f"The cluster at {api.server} failed to {action}: {error}.")


def _list(api: Api, kind: str, path: str, namespace: str) -> list[KubernetesObject]:
    try:
        # The items of a list have no kind of their own.
        return [{"kind": kind, **obj} for obj in api.items(path.format(namespace))]
    except ApiError as error:
        resource = path.rsplit("/", 1)[-1]
        raise to_tool_error(api, error, f"list {resource} in namespace {namespace}") from None


def _controller(obj: KubernetesObject) -> Mapping[str, str] | None:
    owners = obj["metadata"].get("ownerReferences", [])
    return next((owner for owner in owners if owner.get("controller")), None)
