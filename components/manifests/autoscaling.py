"""Services that follow the load: a HorizontalPodAutoscaler decides how many run."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.manifests.objects import KubernetesObject, selector, workload
from components.manifests.patches import identity
from components.services import BY_NAME


@dataclass(frozen=True)
class Autoscale:
    """Between which numbers, and at which CPU use in percent of the request."""

    least: int
    most: int
    cpu: int = 70


def autoscale(
    objects: list[KubernetesObject],
    wanted: Mapping[str, Autoscale],
    release: str,
) -> list[KubernetesObject]:
    """`objects` with an autoscaler for each service in `wanted`, by name.

    Their Deployments name no number any more, so that no update resets what the autoscaler chose.
    """
    added = []
    for name, between in wanted.items():
        one = workload(objects, BY_NAME[name], release)
        if one is not None:
            one["spec"].pop("replicas", None)
            added.append(_autoscaler(one, between))
    return [*objects, *added]


def _autoscaler(one: KubernetesObject, between: Autoscale) -> KubernetesObject:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {**identity(one), "labels": selector(one)},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": one["apiVersion"],
                "kind": one["kind"],
                "name": one["metadata"]["name"],
            },
            "minReplicas": between.least,
            "maxReplicas": between.most,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": between.cpu},
                    },
                },
            ],
        },
    }
