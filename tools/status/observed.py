"""What is on the cluster: one reading of it, as plain dicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from components.kube.objects import KubernetesObject
from tools.errors import ToolError
from tools.status.api import UNREACHABLE, Api, ApiError

ZONE = "topology.kubernetes.io/zone"
_LISTS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/{}/replicasets",
    "Pod": "/api/v1/namespaces/{}/pods",
}


@dataclass(frozen=True)
class Seen:
    """What one reading of a namespace, and of the nodes, found."""

    workloads: Sequence[KubernetesObject]
    replica_sets: Sequence[KubernetesObject]
    pods: Sequence[KubernetesObject]
    nodes: Sequence[KubernetesObject]
    notes: Sequence[str] = ()

    def zone(self, node: str) -> str:
        """The zone of a node; "" where that isn't known."""
        for one in self.nodes:
            if one["metadata"]["name"] == node:
                return str(one["metadata"].get("labels", {}).get(ZONE, ""))
        return ""

    def workload_of(self, pod: KubernetesObject) -> tuple[str, str] | None:
        """Kind and name of the workload that runs a pod; None for a pod on its own."""
        owner = _controller(pod)
        if owner and owner["kind"] == "ReplicaSet":
            names = (one for one in self.replica_sets if one["metadata"]["name"] == owner["name"])
            owner = next((above for one in names if (above := _controller(one))), owner)
        return (owner["kind"], owner["name"]) if owner else None


def read(api: Api, namespace: str) -> Seen:
    """Reads the cluster. Raises `ToolError` where it doesn't answer or doesn't let one read."""
    found = {kind: _items(api, kind, path, namespace) for kind, path in _LISTS.items()}
    notes = []
    try:
        nodes = api.items("/api/v1/nodes")
    except ApiError as error:
        nodes = []
        notes.append(f"Zones aren't known, as the nodes can't be listed: {error}.")
    return Seen(
        workloads=[*found["Deployment"], *found["StatefulSet"]],
        replica_sets=found["ReplicaSet"],
        pods=found["Pod"],
        nodes=nodes,
        notes=notes,
    )


def explained(api: Api, error: ApiError, doing: str) -> ToolError:
    """What a person can do about a call that failed."""
    if error.status == UNREACHABLE:
        return ToolError(
            f"The cluster at {api.server} doesn't answer: {error}. Check that it runs and that this"
            " machine reaches it.",
        )
    if error.status == HTTPStatus.UNAUTHORIZED:
        return ToolError(
            f"The cluster at {api.server} doesn't know you. Renew your log-in, or name another"
            " context by --context.",
        )
    if error.status == HTTPStatus.FORBIDDEN:
        return ToolError(
            f"You may not {doing}: {error}. Ask for a role that may, such as Kubernetes' own"
            " `view`.",
        )
    return ToolError(f"The cluster at {api.server} didn't {doing}: {error}.")


def _items(api: Api, kind: str, path: str, namespace: str) -> list[KubernetesObject]:
    try:
        # Items of a list don't say what they are.
        return [{"kind": kind, **one} for one in api.items(path.format(namespace))]
    except ApiError as error:
        resource = path.rsplit("/", 1)[-1]
        raise explained(api, error, f"list {resource} in namespace {namespace}") from None


def _controller(one: KubernetesObject) -> Mapping[str, str] | None:
    owners = one["metadata"].get("ownerReferences", [])
    return next((owner for owner in owners if owner.get("controller")), None)
