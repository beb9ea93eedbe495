"""Services that follow the load: a HorizontalPodAutoscaler decides how many run."""

from collections.abc import Mapping

from components.inputs.spec import Autoscaling
from components.kube.objects import KubernetesObject, match_labels, name_and_namespace
from components.manifests.workloads import find_workload
from components.services import BY_NAME


def add_autoscalers(
    objects: list[KubernetesObject],
    wanted: Mapping[str, Autoscaling],
    release: str,
) -> list[KubernetesObject]:
    """`objects` with an autoscaler for each service in `wanted`, by name.

    Their Deployments name no number any more, so that no update resets what the autoscaler chose.
    """
    added = []
    for name, between in wanted.items():
        one = find_workload(objects, BY_NAME[name], release)
        if one is not None:
            one["spec"].pop("replicas", None)
            added.append(_autoscaler(one, between))
    return [*objects, *added]


def _autoscaler(one: KubernetesObject, between: Autoscaling) -> KubernetesObject:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {**name_and_namespace(one), "labels": match_labels(one)},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": one["apiVersion"],
                "kind": one["kind"],
                "name": one["metadata"]["name"],
            },
            "minReplicas": between.min_replicas,
            "maxReplicas": between.max_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {
                            "type": "Utilization",
                            "averageUtilization": between.target_cpu_percent,
                        },
                    },
                },
            ],
        },
    }
