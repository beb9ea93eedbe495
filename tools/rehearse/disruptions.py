"""What happens to nodes of the twin: they are drained, or lost."""

import time
from collections.abc import Collection, Iterable
from http import HTTPStatus

from components.kube.api import MERGE_PATCH, Api, ApiError
from components.kube.objects import KubernetesObject, nested_map
from components.kube.paths import collection_path
from components.kube.selectors import selects
from tools.rehearse.observe import POLL_SECONDS, Observer, service_of
from tools.rehearse.outcome import Blocked

NODES = collection_path("v1", "Node")
PODS = collection_path("v1", "Pod")
NO_GRACE = {"gracePeriodSeconds": 0}


def drain(
    api: Api, node: str, observer: Observer, stays: Collection[tuple[str, str]]
) -> tuple[Blocked, ...]:
    """Drains a node as `kubectl drain` does, and returns the pods that could not be evicted.

    Args:
        api: The twin.
        node: The node's name. No pod is put on it any more.
        observer: Looks at the workspace meanwhile.
        stays: Namespace and name of pods that a drain leaves, such as a DaemonSet's.
    """
    _change(api, node, {"unschedulable": True})
    while waiting := [pod for pod in _pods_on(api, node) if _key(pod) not in stays]:
        answers = [(pod, _evict(api, pod)) for pod in waiting]
        observer.look()
        refused = [(pod, error) for pod, error in answers if error is not None]
        if refused and observer.is_quiet:
            blocked = (_blocked(api, pod, error, observer.release) for pod, error in refused)
            return tuple(dict.fromkeys(blocked))
        time.sleep(POLL_SECONDS)
    return ()


def lose(api: Api, nodes: Iterable[str]) -> None:
    """Takes nodes and their pods away, as after Kubernetes has given them up."""
    for node in nodes:
        _change(api, node, {"unschedulable": True})
        for pod in _pods_on(api, node):
            api.send("DELETE", _path(pod), NO_GRACE)


def restore(api: Api, nodes: Iterable[str]) -> None:
    """Lets pods on nodes again that were drained or lost."""
    for node in nodes:
        _change(api, node, {"unschedulable": False})


def _change(api: Api, node: str, spec: KubernetesObject) -> None:
    api.send("PATCH", f"{NODES}/{node}", {"spec": spec}, content_type=MERGE_PATCH)


def _pods_on(api: Api, node: str) -> list[KubernetesObject]:
    """The pods on a node that aren't about to go."""
    pods = api.get(PODS, {"fieldSelector": f"spec.nodeName={node}"}).get("items") or []
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def _evict(api: Api, pod: KubernetesObject) -> ApiError | None:
    """Evicts a pod, and returns why it may not be evicted now; None if it is."""
    metadata = {key: pod["metadata"][key] for key in ("name", "namespace")}
    try:
        api.send("POST", f"{_path(pod)}/eviction", {"metadata": metadata})
    except ApiError as error:
        return None if error.status == HTTPStatus.NOT_FOUND else error
    return None


def _blocked(api: Api, pod: KubernetesObject, error: ApiError, release: str) -> Blocked:
    service = service_of(pod, release)
    if error.status != HTTPStatus.TOO_MANY_REQUESTS:
        return Blocked(service, str(error).rstrip("."))
    labels, namespace = nested_map(pod, "metadata", "labels"), pod["metadata"]["namespace"]
    budgets = (
        (budget["metadata"]["name"], nested_map(budget, "status"))
        for budget in api.items(collection_path("policy/v1", "PodDisruptionBudget", namespace))
        if selects(nested_map(budget, "spec", "selector"), labels)
    )
    name, status = min(budgets, key=lambda budget: int(budget[1].get("disruptionsAllowed", 0)))
    return Blocked(
        service,
        f"PodDisruptionBudget {name} wants {status.get('desiredHealthy', 0)} healthy, and there are"
        f" {status.get('currentHealthy', 0)}",
    )


def _path(pod: KubernetesObject) -> str:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    return f"{collection_path('v1', 'Pod', namespace)}/{name}"


def _key(pod: KubernetesObject) -> tuple[str, str]:
    return pod["metadata"]["namespace"], pod["metadata"]["name"]
