"""Kubernetes objects as policies see them, and where things are in them."""

from collections.abc import Iterator, Mapping
from typing import Any

KubernetesObject = Mapping[str, Any]


def name_of(one: KubernetesObject) -> str:
    """`Deployment chat/chat-presence`."""
    metadata = table(one, "metadata")
    parts = (metadata.get("namespace"), metadata.get("name"))
    return f"{one.get('kind')} {'/'.join(part for part in parts if isinstance(part, str))}"


def table(held: object, *keys: str) -> Mapping[str, Any]:
    """The map at the end of `keys`; an empty one where there is none or it isn't known yet."""
    for key in keys:
        held = held.get(key) if isinstance(held, Mapping) else None
    return held if isinstance(held, Mapping) else {}


def rows(held: object, key: str) -> list[Mapping[str, Any]]:
    """The maps in the list `key`; none where there is no list or it isn't known yet."""
    found = table(held).get(key)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def pod_of(one: KubernetesObject) -> Mapping[str, Any]:
    """The pod that a Pod is, or that a workload of any kind makes; empty for other objects."""
    spec = table(one, "spec")
    if one.get("kind") == "Pod":
        return spec
    return table(table(spec, "jobTemplate", "spec") or spec, "template", "spec")


def containers(one: KubernetesObject) -> Iterator[Mapping[str, Any]]:
    """Every container of a pod or workload, those that run first included."""
    pod = pod_of(one)
    yield from rows(pod, "initContainers")
    yield from rows(pod, "containers")


def lasting_containers(one: KubernetesObject) -> Iterator[Mapping[str, Any]]:
    """The containers that run as long as the pod: all but those that end before it is ready."""
    pod = pod_of(one)
    yield from (held for held in rows(pod, "initContainers") if held.get("restartPolicy"))
    yield from rows(pod, "containers")
