"""What others have changed on the cluster since a release was deployed, or have added to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject, kind_and_name, nested_list, nested_map
from components.kube.paths import collection_path
from components.manifests.drift import ABSENT, Drift, find_drift
from components.messages import redact, show
from tools.status.observed import to_tool_error


def changes_by_others(
    rendered: Sequence[KubernetesObject],
    desired: Sequence[KubernetesObject],
    live: Mapping[str, KubernetesObject],
    manager: str,
) -> Iterator[str]:
    """Yields a line for each field that is neither as the release has it nor the cluster's own.

    Args:
        rendered: The objects as the chart rendered them.
        desired: The objects as they are to be.
        live: The objects on the cluster, by kind and name.
        manager: As whom the release was deployed.
    """
    changed_back = {
        (drift.obj, drift.field) for drift in find_drift(desired, live.values(), manager)
    }
    for drift in find_drift(rendered, live.values(), manager):
        if drift.manager:
            is_lost = (drift.obj, drift.field) in changed_back
            yield f"{_describe(drift)}; it is {'changed back' if is_lost else 'kept'}"


def added_by_others(
    api: Api,
    namespace: str,
    hosts: Iterable[str],
    ours: Iterable[KubernetesObject],
) -> Iterator[str]:
    """Yields a line for each autoscaler of the workloads, and each other Ingress for the hosts.

    Raises:
        ToolError: If the cluster can't be read.
    """
    objects = list(ours)
    names = {kind_and_name(obj) for obj in objects}
    hosts = set(hosts)
    try:
        autoscalers = api.items(
            collection_path("autoscaling/v2", "HorizontalPodAutoscaler", namespace)
        )
        ingresses = api.items(collection_path("networking.k8s.io/v1", "Ingress"))
    except ApiError as error:
        raise to_tool_error(api, error, "list autoscalers and Ingresses") from None
    for obj in autoscalers:
        target = nested_map(obj, "spec", "scaleTargetRef")
        name = f"HorizontalPodAutoscaler/{obj['metadata']['name']}"
        workload = f"{target.get('kind')}/{target.get('name')}"
        if workload in names and name not in names:
            yield f"{name} scales {workload}; it stays, and the number of instances is its own"
    for obj in ingresses:
        metadata = obj["metadata"]
        name = f"Ingress/{metadata['name']}"
        found = hosts.intersection(rule.get("host") for rule in nested_list(obj, "spec", "rules"))
        if found and not (metadata.get("namespace") == namespace and name in names):
            yield (
                f"{name} in namespace {metadata.get('namespace')} leads {', '.join(sorted(found))},"
                " too; it stays, and which of them answers is up to the controller"
            )


def _describe(drift: Drift) -> str:
    place = f"{drift.obj} {drift.field}"
    if drift.current is ABSENT:
        return f"{place}: {drift.manager} removed it"
    if drift.hidden or isinstance(drift.current, dict | list):
        return f"{place}: {drift.manager} changed it"
    text = redact(drift.current) if isinstance(drift.current, str) else show(drift.current)
    return f"{place}: {drift.manager} set {text}"
