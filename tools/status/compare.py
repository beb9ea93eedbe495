"""Asked for, against seen: pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from components.kube.objects import KubernetesObject, kind_and_name
from components.services import SERVICES
from tools.status.desired import Asked, main_container, title_of
from tools.status.observed import Seen
from tools.status.report import Difference, Instance, ServiceStatus


def services(asked: Asked, seen: Seen, now: datetime) -> list[ServiceStatus]:
    """How each workload that was asked for is doing."""
    live = {(one["kind"], one["metadata"]["name"]): one for one in seen.workloads}
    return [
        _status(asked, one, live.get((one["kind"], one["metadata"]["name"])), seen, now)
        for one in asked.workloads
    ]


def differences(asked: Asked, seen: Seen) -> list[Difference]:
    """What on the cluster isn't as it was last deployed, less what isn't there at all."""
    live = {(one["kind"], one["metadata"]["name"]): one for one in seen.workloads}
    found = []
    for one in asked.workloads:
        now = live.get((one["kind"], one["metadata"]["name"]))
        if now is not None:
            found += [Difference(kind_and_name(one), words) for words in _changes(asked, one, now)]
    found += [Difference(f"Pod/{name}", words) for name, words in _foreign(asked, seen)]
    return found


def cordoned(services: Iterable[ServiceStatus], seen: Seen) -> list[str]:
    """A sentence for each node that takes no new pods, and for each zone that has no other."""
    nodes = {str(one["metadata"]["name"]): one for one in seen.nodes}
    closed = {name for name, one in nodes.items() if one["spec"].get("unschedulable")}
    instances = [each for one in services for each in one.instances]
    notes = []
    for name in sorted(closed):
        zone = seen.zone(name)
        here = sum(each.node == name for each in instances)
        notes.append(
            f"Node {name}{zone and f' in {zone}'} is cordoned: the {here} instances there stay, and"
            " no new one starts there.",
        )
    full = {seen.zone(name) for name in nodes} - {seen.zone(name) for name in nodes.keys() - closed}
    return [*notes, *(f"Zone {zone} takes no new pods." for zone in sorted(full) if zone)]


def _status(
    asked: Asked,
    one: KubernetesObject,
    now: KubernetesObject | None,
    seen: Seen,
    at: datetime,
) -> ServiceStatus:
    name = one["metadata"]["name"]
    wanted = int(one["spec"].get("replicas", 1))
    least, most = asked.autoscaled.get(name, (wanted, wanted))
    container = main_container(one, asked.release)
    pods = [pod for pod in seen.pods if seen.workload_of(pod) == (one["kind"], name)]
    instances = sorted(
        (_instance(pod, container, seen, at) for pod in pods),
        key=lambda each: each.pod,
    )
    versions = sorted({each.version for each in instances if each.version})
    status = (now or {}).get("status", {})
    found = ServiceStatus(
        service=title_of(one, asked.release),
        workload=kind_and_name(one),
        asked=least,
        most=most,
        running=None if now is None else int(now["spec"].get("replicas", 1)),
        ready=int(status.get("readyReplicas", 0)),
        updated=int(status.get("updatedReplicas", 0)),
        restarts=sum(each.restarts for each in instances),
        version=", ".join(versions),
        instances=instances,
    )
    return replace(found, trouble=_trouble(found, now))


def _trouble(found: ServiceStatus, now: KubernetesObject | None) -> str:
    if now is None:
        return f"{found.workload} is missing"
    if found.running is not None and found.running < found.asked:
        # Told as a difference; what is left may well be ready.
        return f"{found.ready} of {found.asked} ready" if found.ready < found.asked else ""
    wanted = min(max(found.running or 0, found.asked), found.most)
    if found.ready < wanted:
        why = _why_stuck(found, now)
        return f"{found.ready} of {wanted} ready{why and f'; {why}'}"
    status = now.get("status", {})
    # Of a rollout that is stuck, the old instances are ready and the new ones are counted.
    old = int(status.get("replicas", 0)) - found.updated
    behind = int(status.get("observedGeneration", 0)) < int(now["metadata"].get("generation", 0))
    if found.updated < wanted or old > 0 or behind:
        why = _why_stuck(found, now)
        return f"a rollout is under way, {found.updated} of {wanted} updated{why and f'; {why}'}"
    return ""


def _why_stuck(found: ServiceStatus, now: KubernetesObject) -> str:
    """Why a workload lacks ready pods: one isn't well, or the cluster has refused to make it."""
    unwell = next((each.trouble for each in found.instances if each.trouble), "")
    conditions = now.get("status", {}).get("conditions", [])
    refused = (one for one in conditions if one["type"] == "ReplicaFailure")
    return unwell or next((str(one["message"]) for one in refused if one["status"] == "True"), "")


def _instance(pod: KubernetesObject, container: str, seen: Seen, at: datetime) -> Instance:
    status = pod.get("status", {})
    statuses = status.get("containerStatuses", [])
    node = str(pod["spec"].get("nodeName", ""))
    images = [one["image"] for one in pod["spec"]["containers"] if one["name"] == container]
    made = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    ending = "deletionTimestamp" in pod["metadata"]
    ready = conditions.get("Ready", {}).get("status") == "True" and not ending
    return Instance(
        pod=str(pod["metadata"]["name"]),
        node=node,
        zone=seen.zone(node),
        address=str(status.get("podIP", "")),
        age_seconds=max(0, int((at - made.astimezone(UTC)).total_seconds())),
        ready=ready,
        restarts=sum(int(one.get("restartCount", 0)) for one in statuses),
        version=tag(images[0]) if images else "",
        trouble="" if ready else _why_not(status, conditions, ending=ending),
    )


def _why_not(
    status: Mapping[str, Any],
    conditions: Mapping[str, Mapping[str, Any]],
    *,
    ending: bool,
) -> str:
    """Why a pod isn't ready, in the cluster's words."""
    if ending:
        return "is ending"
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return str(scheduled.get("message") or scheduled.get("reason") or "has no node")
    statuses = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    for one in statuses:
        waiting = one.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in (None, "PodInitializing"):
            return f"{one['name']}: {waiting['reason']}"
        ended = one.get("state", {}).get("terminated")
        if ended and ended.get("exitCode"):
            return f"{one['name']}: ended with {ended['exitCode']}"
    not_ready = [one["name"] for one in status.get("containerStatuses", []) if not one.get("ready")]
    if not_ready:
        return f"{', '.join(not_ready)}: not ready"
    return str(status.get("reason") or conditions.get("Ready", {}).get("message") or "not ready")


def _changes(asked: Asked, one: KubernetesObject, now: KubernetesObject) -> Iterator[str]:
    if not asked.known:
        return
    name = one["metadata"]["name"]
    running = int(now["spec"].get("replicas", 1))
    if name in asked.autoscaled:
        least, most = asked.autoscaled[name]
        if not least <= running <= most:
            yield f"scaled to {running}; asked for {least} to {most}"
    elif running != (wanted := int(one["spec"].get("replicas", 1))):
        yield f"scaled to {running}; asked for {wanted}"
    theirs = _images(now)
    for container, image in _images(one).items():
        came = theirs.pop(container, None)
        if came is None:
            yield f"container {container} is gone"
        elif came != image:
            yield f"container {container} runs {came}; asked for {image}"
    # A service mesh puts its own containers into pods, and not into their workload.
    for container, image in theirs.items():
        yield f"container {container} ({image}) was added"


def _images(one: KubernetesObject) -> dict[str, str]:
    pod = one["spec"]["template"]["spec"]
    return {
        str(held["name"]): str(held["image"])
        for held in [*pod.get("initContainers", []), *pod["containers"]]
    }


def _foreign(asked: Asked, seen: Seen) -> Iterator[tuple[str, str]]:
    """Pods that pass for a service's own and aren't."""
    ours = {(one["kind"], one["metadata"]["name"]) for one in asked.workloads}
    for pod in seen.pods:
        labels = pod["metadata"].get("labels", {})
        owner = seen.workload_of(pod)
        if owner in ours or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        for service in SERVICES:
            if service.matches(labels, asked.release):
                by = f"{owner[0]}/{owner[1]} runs it" if owner else "it runs on its own"
                yield (
                    pod["metadata"]["name"],
                    f"passes for {service.kebab_name} and isn't the stack's: {by}",
                )


def tag(image: str) -> str:
    """The version that an image's name gives; a digest's first digits where there is no tag."""
    name, _, digest = image.partition("@")
    _, _, version = name.rpartition("/")[2].partition(":")
    return version or digest.removeprefix("sha256:")[:12]
