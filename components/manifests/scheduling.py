"""On which nodes pods run: given once, for every workload."""

from collections.abc import Iterable

from components.inputs.spec import Scheduling
from components.kube.objects import KubernetesObject, workloads


def apply_scheduling(objects: Iterable[KubernetesObject], scheduling: Scheduling) -> None:
    """Has every workload, NATS and its helpers included, ask it; the chart reaches only some."""
    for one in workloads(objects):
        pod = one["spec"]["template"]["spec"]
        if scheduling.node_selector:
            pod["nodeSelector"] = {**pod.get("nodeSelector", {}), **scheduling.node_selector}
        if scheduling.tolerations:
            pod["tolerations"] = [*pod.get("tolerations", []), *scheduling.tolerations]
        if scheduling.affinity:
            pod["affinity"] = {**pod.get("affinity", {}), **scheduling.affinity}
