"""Compares the desired with the observed state. Nothing here calls the cluster."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from components.failures.causes import Cause, pod_cause, workload_cause
from components.failures.snapshot import key_of
from components.kube.images import ImageReference
from components.kube.objects import KubernetesObject, containers, kind_and_name
from components.manifests.drift import REPLICAS, owner_of
from components.services import SERVICES
from tools.status.desired import Desired, main_container, service_name
from tools.status.observed import Observed
from tools.status.report import Difference, Instance, ServiceStatus

_IMAGE_PATH = ("spec", "template", "spec", "containers")


def service_statuses(desired: Desired, observed: Observed, now: datetime) -> list[ServiceStatus]:
    """Returns the status of every desired workload."""
    live = _by_name(observed.workloads)
    return [
        _service_status(desired, workload, live.get(key_of(workload)), observed, now)
        for workload in desired.workloads
    ]


def find_differences(desired: Desired, observed: Observed) -> list[Difference]:
    """Returns how the cluster differs from the deployment, missing workloads left out."""
    live = _by_name(observed.workloads)
    differences = []
    for workload in desired.workloads:
        actual = live.get(key_of(workload))
        if actual is not None:
            differences += [
                Difference(kind_and_name(workload), message)
                for message in _workload_differences(desired, workload, actual, observed)
            ]
    return [*differences, *_foreign_pods(desired, observed)]


def scaled_to_nothing(desired: Desired, observed: Observed) -> list[str]:
    """Returns a note on how to bring a workspace back that others have set to no instance."""
    numbers = [
        int(workload["spec"].get("replicas", 1))
        for workload in observed.workloads
        if key_of(workload) in set(map(key_of, desired.workloads))
    ]
    if not numbers or any(numbers) or desired.paused or not desired.from_stack:
        return []
    note = (
        "Every workload is scaled to 0, though the config doesn't say pause: true. `pulumi up"
        " --refresh` brings back what it says."
    )
    return [note]


def cordoned_nodes(services: Iterable[ServiceStatus], observed: Observed) -> list[str]:
    """Returns a note for each cordoned node, and for each zone whose nodes are all cordoned."""
    nodes = {str(node["metadata"]["name"]): node for node in observed.nodes}
    cordoned = {name for name, node in nodes.items() if node["spec"].get("unschedulable")}
    instances = [instance for service in services for instance in service.instances]
    notes = []
    for name in sorted(cordoned):
        zone = observed.zone_of(name)
        count = sum(instance.node == name for instance in instances)
        notes.append(
            f"Node {name}{zone and f' in {zone}'} is cordoned: the {count} instances on it stay,"
            " but no new one starts there.",
        )
    open_zones = {observed.zone_of(name) for name in nodes.keys() - cordoned}
    closed_zones = {observed.zone_of(name) for name in cordoned} - open_zones
    return [*notes, *(f"Zone {zone} accepts no new pods." for zone in sorted(closed_zones) if zone)]


def image_version(image: str) -> str:
    """Returns the tag of an image reference, or the first digits of its digest without a tag."""
    reference = ImageReference.parse(image)
    return reference.tag or reference.digest.removeprefix("sha256:")[:12]


def _by_name(workloads: Iterable[KubernetesObject]) -> dict[tuple[str, str], KubernetesObject]:
    return {key_of(workload): workload for workload in workloads}


def _service_status(
    desired: Desired,
    workload: KubernetesObject,
    actual: KubernetesObject | None,
    observed: Observed,
    now: datetime,
) -> ServiceStatus:
    name = workload["metadata"]["name"]
    replicas = int(workload["spec"].get("replicas", 1))
    bounds = desired.autoscaled.get(name) or observed.autoscaled(workload)
    low, high = bounds or (replicas, replicas)
    container = main_container(workload, desired.release)
    pods = [pod for pod in observed.pods if observed.workload_of(pod) == key_of(workload)]
    instances = sorted(
        (_instance(pod, container, observed, now) for pod in pods),
        key=lambda instance: instance.pod,
    )
    versions = sorted({instance.version for instance in instances if instance.version})
    status = (actual or {}).get("status", {})
    service = ServiceStatus(
        service=service_name(workload, desired.release),
        workload=kind_and_name(workload),
        desired=low,
        desired_max=high,
        replicas=None if actual is None else int(actual["spec"].get("replicas", 1)),
        ready=int(status.get("readyReplicas", 0)),
        updated=int(status.get("updatedReplicas", 0)),
        restarts=sum(instance.restarts for instance in instances),
        version=", ".join(versions),
        instances=instances,
    )
    cause = workload_cause(actual, observed) if actual is not None else None
    return replace(service, problem=_service_problem(service, actual, cause))


def _service_problem(
    service: ServiceStatus, actual: KubernetesObject | None, cause: Cause | None
) -> str:
    if actual is None:
        return f"{service.workload} is missing"
    because = f"; {cause}" if cause else ""
    replicas = service.replicas or 0
    if replicas < service.desired:
        # The lower number is reported as a difference; all of them may well be ready.
        if service.ready < service.desired:
            return f"{service.ready} of {service.desired} ready"
        return ""
    expected = min(replicas, service.desired_max)
    if service.ready < expected:
        return f"{service.ready} of {expected} ready{because}"
    status = actual.get("status", {})
    # In a stuck rollout the old pods are ready, and the new ones count as updated.
    old_pods = int(status.get("replicas", 0)) - service.updated
    generation = int(actual["metadata"].get("generation", 0))
    unseen = int(status.get("observedGeneration", 0)) < generation
    if service.updated < expected or old_pods > 0 or unseen:
        return f"a rollout is in progress, {service.updated} of {expected} updated{because}"
    return ""


def _instance(pod: KubernetesObject, container: str, observed: Observed, now: datetime) -> Instance:
    status = pod.get("status", {})
    statuses = status.get("containerStatuses", [])
    node = str(pod["spec"].get("nodeName", ""))
    images = [item["image"] for item in pod["spec"]["containers"] if item["name"] == container]
    created = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    cause = pod_cause(pod, observed)
    return Instance(
        pod=str(pod["metadata"]["name"]),
        node=node,
        zone=observed.zone_of(node),
        address=str(status.get("podIP", "")),
        age_seconds=max(0, int((now - created.astimezone(UTC)).total_seconds())),
        ready=cause is None,
        restarts=sum(int(item.get("restartCount", 0)) for item in statuses),
        version=image_version(images[0]) if images else "",
        problem=cause.reason if cause else "",
    )


def _workload_differences(
    desired: Desired, workload: KubernetesObject, actual: KubernetesObject, observed: Observed
) -> Iterator[str]:
    if not desired.from_stack:
        return
    replicas = int(actual["spec"].get("replicas", 1))
    name = workload["metadata"]["name"]
    autoscaled = desired.autoscaled.get(name) or observed.autoscaled(workload)
    expected = int(workload["spec"].get("replicas", 1))
    if autoscaled and not autoscaled[0] <= replicas <= autoscaled[1]:
        yield f"scaled to {replicas}, desired {autoscaled[0]} to {autoscaled[1]}"
    elif not autoscaled and replicas != expected:
        yield f"scaled to {replicas}{_by(actual, *REPLICAS.split('.'))}; the stack says {expected}"
    live_images = _images(actual)
    for container, image in _images(workload).items():
        live_image = live_images.pop(container, None)
        if live_image is None:
            yield f"container {container} is missing"
        elif live_image != image:
            by = _by(actual, *_IMAGE_PATH, f'k:{{"name":"{container}"}}', "image")
            yield f"container {container} runs {live_image}{by}; the stack says {image}"
    # A service mesh adds containers to pods, but not to their workload.
    for container, image in live_images.items():
        yield f"container {container} ({image}) was added"


def _by(actual: KubernetesObject, *path: str) -> str:
    """Who has written a field, to follow what is written in it."""
    manager = owner_of(actual, *path)
    if not manager:
        return " by hand"
    hand = "by hand, " if manager.startswith("kubectl") else ""
    return f" ({hand}by {manager})"


def _images(workload: KubernetesObject) -> dict[str, str]:
    return {str(item["name"]): str(item["image"]) for item in containers(workload)}


def _foreign_pods(desired: Desired, observed: Observed) -> Iterator[Difference]:
    """Running pods that have a service's labels, but that no workload of the workspace controls."""
    workloads = {key_of(workload) for workload in desired.workloads}
    for pod in observed.pods:
        labels = pod["metadata"].get("labels", {})
        owner = observed.workload_of(pod)
        if owner in workloads or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        for service in SERVICES:
            if service.matches(labels, desired.release):
                by = f"{owner[0]}/{owner[1]} controls it" if owner else "nothing controls it"
                yield Difference(
                    f"Pod/{pod['metadata']['name']}",
                    f"has the labels of {service.kebab_name} but isn't part of the workspace: {by}",
                )
