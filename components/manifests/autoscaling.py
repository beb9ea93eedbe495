"""HorizontalPodAutoscalers."""

from typing import Any

from components.inputs.spec import Autoscaling, ScaleDown, WorkspaceSpec
from components.kube.objects import KubernetesObject, match_labels, name_and_namespace
from components.manifests.scraping import PEOPLE_METRIC
from components.manifests.workloads import find_workload
from components.services import BY_NAME


def add_autoscalers(objects: list[KubernetesObject], spec: WorkspaceSpec) -> list[KubernetesObject]:
    """Returns `objects` with an autoscaler for each service that `autoscaling` names.

    `replicas` of their workloads is what they are first created with. Later updates leave the
    number to the autoscaler (`components/deploy/transforms.py`).
    """
    autoscalers = []
    for name, autoscaling in spec.autoscaling.items():
        workload = find_workload(objects, BY_NAME[name], spec.release)
        if workload is not None:
            workload["spec"]["replicas"] = autoscaling.min_replicas
            autoscalers.append(_autoscaler(workload, autoscaling))
    return [*objects, *autoscalers]


def _autoscaler(workload: KubernetesObject, autoscaling: Autoscaling) -> KubernetesObject:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {**name_and_namespace(workload), "labels": match_labels(workload)},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": workload["apiVersion"],
                "kind": workload["kind"],
                "name": workload["metadata"]["name"],
            },
            "minReplicas": autoscaling.min_replicas,
            "maxReplicas": autoscaling.max_replicas,
            "metrics": [_metric(autoscaling)],
            **_behavior(autoscaling.scale_down),
        },
    }


def _metric(autoscaling: Autoscaling) -> dict[str, Any]:
    if autoscaling.target_users_connected is not None:
        target = {"type": "AverageValue", "averageValue": str(autoscaling.target_users_connected)}
        return {"type": "Pods", "pods": {"metric": {"name": PEOPLE_METRIC}, "target": target}}
    percent = {"type": "Utilization", "averageUtilization": autoscaling.target_cpu_percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": percent}}


def _behavior(scale_down: ScaleDown | None) -> dict[str, Any]:
    if scale_down is None:
        return {}
    policy = {"type": "Pods", "value": 1, "periodSeconds": scale_down.period_seconds}
    window = scale_down.stabilization_window_seconds
    down = {"stabilizationWindowSeconds": window, "policies": [policy]}
    return {"behavior": {"scaleDown": down}}
