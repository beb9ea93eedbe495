"""PodDisruptionBudgets."""

from collections.abc import Iterator, Mapping
from math import ceil

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, match_labels, name_and_namespace, nested_map
from components.manifests.workloads import service_workloads
from components.services import NATS, ROCKETCHAT

LIMITS = ("minAvailable", "maxUnavailable")
"""The fields of a budget of which it has one."""


def add_disruption_budgets(
    objects: list[KubernetesObject], spec: WorkspaceSpec
) -> list[KubernetesObject]:
    """Returns `objects` with a budget for each service that may have several instances.

    A budget that allows no disruption would block the drain of a node: that of a service with a
    single instance is removed, and any other is made to allow one.
    """
    for service, workload in service_workloads(objects, spec.release):
        replicas = spec.replicas.get(service.name, 1)
        for obj in objects:
            if is_budget_of(obj, workload) and blocks_drains(obj, replicas):
                obj["spec"].pop("minAvailable", None)
                obj["spec"]["maxUnavailable"] = 1
        if not spec.may_have_replicas(service):
            objects = [obj for obj in objects if not is_budget_of(obj, workload)]
        elif not any(is_budget_of(obj, workload) for obj in objects):
            objects = [*objects, pod_disruption_budget(workload)]
    return objects


def pod_disruption_budget(workload: KubernetesObject) -> KubernetesObject:
    """A PodDisruptionBudget that lets a drain evict one pod of a workload at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {**name_and_namespace(workload), "labels": match_labels(workload)},
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": match_labels(workload)},
            # A pod that isn't ready serves nobody, so that it needn't delay a drain.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def budget_warnings(spec: WorkspaceSpec) -> Iterator[str]:
    """Yields a warning for each Helm value by which a budget would allow no disruption."""
    if not spec.resilience["disruption_budgets"]:
        return
    settings = {
        ROCKETCHAT: (("minAvailable",), {"minAvailable": spec.values.get("minAvailable")}),
        NATS: (
            ("nats", "podDisruptionBudget"),
            nested_map(spec.values, "nats", "podDisruptionBudget"),
        ),
    }
    for service, (path, budget) in settings.items():
        replicas = spec.replicas.get(service.name, 1)
        if replicas > 1 and blocks_drains({"spec": budget}, replicas):
            key = ".".join((spec.key_format("values"), *path))
            yield (
                f"{key}: would allow no disruption of the {replicas} instances of"
                f" {service.kebab_name}, so that the drain of a node would never end. The"
                " PodDisruptionBudget allows one disruption. Remove the key."
            )


def blocks_drains(budget: KubernetesObject, replicas: int) -> bool:
    """Whether a budget allows no disruption while so many instances are ready."""
    spec = nested_map(budget, "spec")
    minimum = _number(spec, "minAvailable", replicas)
    maximum = _number(spec, "maxUnavailable", replicas)
    return (minimum is not None and minimum >= replicas) or maximum == 0


def _number(spec: Mapping[str, object], field: str, replicas: int) -> int | None:
    """Returns a number of pods or a percentage of them, rounded up as Kubernetes does."""
    value = str(spec.get(field, ""))
    if value.endswith("%") and value[:-1].isdecimal():
        return ceil(int(value[:-1]) * replicas / 100)
    return int(value) if value.isdecimal() else None


def is_budget_of(obj: KubernetesObject, workload: KubernetesObject) -> bool:
    """Whether an object is the PodDisruptionBudget of a workload's pods."""
    if obj["kind"] != "PodDisruptionBudget":
        return False
    return nested_map(obj, "spec", "selector", "matchLabels") == match_labels(workload)
