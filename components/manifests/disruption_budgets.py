"""PodDisruptionBudgets."""

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, match_labels, name_and_namespace, nested_map
from components.manifests.workloads import service_workloads


def add_disruption_budgets(
    objects: list[KubernetesObject], spec: WorkspaceSpec
) -> list[KubernetesObject]:
    """Returns `objects` with a budget for each service that may have several instances.

    The budget of a service with a single instance is removed: it would block the drain of a node.
    """
    for service, workload in service_workloads(objects, spec.release):
        if not spec.may_have_replicas(service):
            objects = [obj for obj in objects if not _is_budget_of(obj, workload)]
        elif not any(_is_budget_of(obj, workload) for obj in objects):
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


def _is_budget_of(obj: KubernetesObject, workload: KubernetesObject) -> bool:
    if obj["kind"] != "PodDisruptionBudget":
        return False
    return nested_map(obj, "spec", "selector", "matchLabels") == match_labels(workload)
