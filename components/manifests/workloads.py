"""Where the parts of a service are among the rendered objects."""

from collections.abc import Iterable

from components.kube.objects import KubernetesObject, match_labels
from components.services import Service


def find_workload(
    objects: Iterable[KubernetesObject],
    service: Service,
    release: str,
) -> KubernetesObject | None:
    """The Deployment or StatefulSet that runs `service`, if it was rendered."""
    for one in objects:
        if one["kind"] == service.kind and service.matches(match_labels(one), release):
            return one
    return None


def find_services(
    objects: Iterable[KubernetesObject],
    service: Service,
    release: str,
) -> list[KubernetesObject]:
    """The Kubernetes Services that lead to `service`."""
    return [
        one
        for one in objects
        if one["kind"] == "Service" and service.matches(one["spec"].get("selector", {}), release)
    ]
