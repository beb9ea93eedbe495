"""The state of the cluster, read once, as plain dicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from components.deploy.cluster_state import UnreadableError, read_snapshot
from components.failures.snapshot import Snapshot
from components.kube.api import UNREACHABLE, Api, ApiError
from components.kube.objects import KubernetesObject
from components.kube.paths import collection_path
from tools.errors import ToolError

ZONE_LABEL = "topology.kubernetes.io/zone"


@dataclass(frozen=True)
class Observed(Snapshot):
    """The workloads and pods of one namespace, and the cluster's nodes."""

    nodes: Sequence[KubernetesObject] = ()
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


def observe(api: Api, namespace: str) -> Observed:
    """Reads the state of a namespace and of the nodes.

    Raises:
        ToolError: If the cluster doesn't answer, or doesn't allow the namespace to be read.
    """
    try:
        snapshot = read_snapshot(api, namespace)
    except UnreadableError as error:
        action = f"list {error.resource} in namespace {namespace}"
        raise to_tool_error(api, error, action) from None
    notes = []
    try:
        nodes = api.items(collection_path("v1", "Node"))
    except ApiError as error:
        nodes = []
        notes.append(f"Zones are unknown, as the nodes can't be listed: {error}.")
    try:
        autoscalers = api.items(
            collection_path("autoscaling/v2", "HorizontalPodAutoscaler", namespace)
        )
    except ApiError as error:
        autoscalers = []
        notes.append(f"Autoscalers of others are unknown, as they can't be listed: {error}.")
    return Observed(**vars(snapshot), nodes=nodes, notes=notes, autoscalers=autoscalers)


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
