"""On which nodes pods run."""

from components.inputs.spec import Scheduling
from components.kube.objects import KubernetesObject, pod_spec


def apply_scheduling(workload: KubernetesObject, scheduling: Scheduling) -> None:
    """Adds node selector, tolerations and affinity to a workload's pods.

    The chart's values reach some workloads only: neither NATS nor its helpers, for instance.
    """
    pod = pod_spec(workload)
    if scheduling.node_selector:
        pod["nodeSelector"] = {**pod.get("nodeSelector", {}), **scheduling.node_selector}
    if scheduling.tolerations:
        pod["tolerations"] = [*pod.get("tolerations", []), *scheduling.tolerations]
    if scheduling.affinity:
        pod["affinity"] = {**pod.get("affinity", {}), **scheduling.affinity}
    if scheduling.priority_class:
        pod["priorityClassName"] = scheduling.priority_class
