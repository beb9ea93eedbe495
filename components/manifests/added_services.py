"""Services that the chart lacks: their Deployments and Kubernetes Services.

Rocket.Chat builds, configures and probes the images of its dedicated services alike, so that what
the chart renders for all of its own is right for these too, in every version of the chart.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import reduce
from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.images import ImageReference
from components.kube.objects import (
    KubernetesObject,
    containers,
    find_container,
    match_labels,
    nested_list,
    nested_map,
    pod_spec,
    workloads,
)
from components.manifests.workloads import find_services, find_workload, service_workloads
from components.services import ADDED, Service

_NAME, _INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"


def add_services(objects: list[KubernetesObject], spec: WorkspaceSpec) -> list[KubernetesObject]:
    """Returns `objects` with those of each service of the spec that the chart lacks.

    A chart that has learned to render such a service keeps its own. Without any dedicated service
    to go by none is added, and the verification says so.
    """
    siblings = [
        (service, workload)
        for service, workload in service_workloads(objects, spec.release)
        if service.dedicated and find_container(workload, service.container) is not None
    ]
    missing = [
        service
        for service in ADDED
        if service in spec.services and find_workload(objects, service, spec.release) is None
    ]
    if not siblings or not missing:
        return objects
    added = [
        obj
        for service in missing
        for obj in (
            _deployment(service, siblings, spec),
            *_kube_services(service, objects, siblings, spec),
        )
    ]
    return [*objects, *added]


def run_elsewhere(
    live: Iterable[KubernetesObject], release: str, prefix: str
) -> list[tuple[Service, KubernetesObject]]:
    """Returns workloads on the cluster that no stack has written and that run such a service.

    Args:
        live: The objects on the cluster, with `managedFields`.
        release: The workspace's release; those of other releases are other workspaces'.
        prefix: How the field managers of stacks begin.
    """
    return [
        (service, workload)
        for workload in workloads(live)
        if "replicas" in workload["spec"] and not _is_written_by(workload, prefix)
        if match_labels(workload).get(_INSTANCE, release) == release
        for service in ADDED
        if any(_runs(service, container) for container in containers(workload))
    ]


def _runs(service: Service, container: dict[str, Any]) -> bool:
    image = ImageReference.parse(str(container.get("image", "")))
    return image.repository.rpartition("/")[2] == service.container


def _is_written_by(workload: KubernetesObject, prefix: str) -> bool:
    entries = nested_list(workload, "metadata", "managedFields")
    return any(str(entry.get("manager", "")).startswith(prefix) for entry in entries)


def selector_of(service: Service, release: str) -> dict[str, str]:
    """The labels by which the chart's own Deployments of dedicated services find their pods."""
    return {_NAME: f"{release}-{service.kebab_name}", _INSTANCE: release}


def _deployment(
    service: Service, siblings: list[tuple[Service, KubernetesObject]], spec: WorkspaceSpec
) -> KubernetesObject:
    labels = selector_of(service, spec.release)
    deployment = _common(workload for _, workload in siblings)
    deployment["metadata"]["name"] = labels[_NAME]
    deployment["spec"]["replicas"] = spec.replicas[service.name]
    deployment["spec"]["selector"] = {"matchLabels": labels}
    metadata = deployment["spec"]["template"].setdefault("metadata", {})
    metadata["labels"] = {**nested_map(metadata, "labels"), **labels}
    pod_spec(deployment)["containers"] = [_container(service, siblings, spec)]
    return deployment


def _container(
    service: Service, siblings: list[tuple[Service, KubernetesObject]], spec: WorkspaceSpec
) -> dict[str, Any]:
    theirs = [
        container
        for sibling, workload in siblings
        if (container := find_container(workload, sibling.container)) is not None
    ]
    return {
        **_common(theirs),
        "name": service.container,
        "image": _image(service, [container["image"] for container in theirs]),
        "resources": deepcopy({**spec.settings_of(service).get("resources", {})}),
    }


def _image(service: Service, siblings: list[str]) -> str:
    """The image beside those of the others, at their tag: their digests are their own."""
    beside = [
        replace(image, repository=image.repository.rpartition("/")[0], digest="")
        for image in map(ImageReference.parse, siblings)
    ]
    (most, _), *_ = Counter(beside).most_common(1)
    folder = f"{most.repository}/" if most.repository else ""
    return str(replace(most, repository=f"{folder}{service.container}"))


def _kube_services(
    service: Service,
    objects: list[KubernetesObject],
    siblings: list[tuple[Service, KubernetesObject]],
    spec: WorkspaceSpec,
) -> Iterator[KubernetesObject]:
    """The Kubernetes Service that leads to its metrics, if the others have such."""
    groups = [find_services(objects, sibling, spec.release) for sibling, _ in siblings]
    if not all(groups):
        return
    labels = selector_of(service, spec.release)
    kube_service = _common(group[0] for group in groups)
    kube_service["metadata"]["name"] = labels[_NAME]
    kube_service["spec"]["selector"] = labels
    yield kube_service


def _common(objects: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Returns a copy of what all objects have in common, field by field and item by item."""
    found: dict[str, Any] = deepcopy(reduce(_common_of_two, objects))
    return found


def _common_of_two(one: Any, other: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: common
            for key in one
            if key in other and (common := _common_of_two(one[key], other[key])) is not None
        }
    if isinstance(one, list) and isinstance(other, list):
        return [item for item in one if item in other]
    return one if one == other else None
