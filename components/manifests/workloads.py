"""The rendered objects that belong to a service."""

from collections.abc import Iterable

from components.kube.objects import KubernetesObject, match_labels, nested_map, workloads
from components.services import SERVICES, Service


def find_workload(
    objects: Iterable[KubernetesObject],
    service: Service,
    release: str,
) -> KubernetesObject | None:
    """Returns the Deployment or StatefulSet that runs `service`, or None."""
    for obj in objects:
        if obj["kind"] == service.kind and service.matches(match_labels(obj), release):
            return obj
    return None


def service_workloads(
    objects: list[KubernetesObject],
    release: str,
) -> list[tuple[Service, KubernetesObject]]:
    """Returns each service that was rendered, with its workload."""
    return [
        (service, workload)
        for service in SERVICES
        if (workload := find_workload(objects, service, release)) is not None
    ]


def helpers(
    objects: Iterable[KubernetesObject], services: Iterable[tuple[Service, KubernetesObject]]
) -> list[KubernetesObject]:
    """Returns the workloads that run no service, such as the tools beside NATS."""
    running = [id(workload) for _, workload in services]
    return [workload for workload in workloads(objects) if id(workload) not in running]


def find_services(
    objects: Iterable[KubernetesObject],
    service: Service,
    release: str,
) -> list[KubernetesObject]:
    """Returns the Kubernetes Services that select the pods of `service`."""
    return [
        obj
        for obj in objects
        if obj["kind"] == "Service"
        and service.matches(nested_map(obj, "spec", "selector"), release)
    ]
