"""On which nodes pods run: given once, for every workload."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components.manifests.objects import KubernetesObject, pod_templates


@dataclass(frozen=True)
class Scheduling:
    """What every pod asks of its node."""

    node_selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, Any], ...]
    affinity: Mapping[str, Any]


def schedule(objects: Iterable[KubernetesObject], scheduling: Scheduling) -> None:
    """Has every workload, NATS and its helpers included, ask it; the chart reaches only some."""
    for one in pod_templates(objects):
        pod = one["spec"]["template"]["spec"]
        if scheduling.node_selector:
            pod["nodeSelector"] = {**pod.get("nodeSelector", {}), **scheduling.node_selector}
        if scheduling.tolerations:
            pod["tolerations"] = [*pod.get("tolerations", []), *scheduling.tolerations]
        if scheduling.affinity:
            pod["affinity"] = {**pod.get("affinity", {}), **scheduling.affinity}
