"""What a cluster says about one namespace, as plain objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.kube.objects import KubernetesObject, nested_list, nested_map

Key = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True)
class Snapshot:
    """The objects of one namespace that show why a workload isn't ready."""

    workloads: Sequence[KubernetesObject] = ()
    """Deployments and StatefulSets."""
    replica_sets: Sequence[KubernetesObject] = ()
    pods: Sequence[KubernetesObject] = ()
    events: Sequence[KubernetesObject] = ()
    claims: Sequence[KubernetesObject] = ()
    logs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The last lines of crashed containers, by pod and container, as far as they were read."""

    def workload_of(self, pod: KubernetesObject) -> Key | None:
        """Returns the workload that controls a pod; None for a pod on its own."""
        owner = controller(pod)
        if owner and owner[0] == "ReplicaSet":
            matching = (rs for rs in self.replica_sets if rs["metadata"]["name"] == owner[1])
            owner = next((above for rs in matching if (above := controller(rs))), owner)
        return owner

    def pods_of(self, workload: KubernetesObject) -> list[KubernetesObject]:
        """Returns the pods that a workload controls."""
        return [pod for pod in self.pods if self.workload_of(pod) == key_of(workload)]

    def events_of(self, obj: KubernetesObject) -> list[KubernetesObject]:
        """Returns the events about an object, the newest first."""
        kind, name = key_of(obj)
        about = [
            event
            for event in self.events
            if (target := nested_map(event, "involvedObject")).get("name") == name
            and target.get("kind") == kind
        ]
        return sorted(about, key=_time, reverse=True)


def key_of(obj: KubernetesObject) -> Key:
    """Returns the kind and the name of an object."""
    return str(obj["kind"]), str(obj["metadata"]["name"])


def controller(obj: KubernetesObject) -> Key | None:
    """Returns the object that controls another; None if none does."""
    for owner in nested_list(obj, "metadata", "ownerReferences"):
        if owner.get("controller"):
            return str(owner["kind"]), str(owner["name"])
    return None


def _time(event: KubernetesObject) -> str:
    times = (event.get("lastTimestamp"), event.get("eventTime"))
    metadata = nested_map(event, "metadata").get("creationTimestamp")
    # ISO 8601 in UTC, so that the order of the strings is that of the times.
    return str(next((time for time in (*times, metadata) if time), ""))
