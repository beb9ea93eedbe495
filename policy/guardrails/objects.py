"""Finds things in Kubernetes objects, of which a preview may not know every field."""

from collections.abc import Mapping
from typing import Any

KubernetesObject = Mapping[str, Any]


def describe(obj: KubernetesObject) -> str:
    """Kind, namespace and name, as in `Deployment chat/chat-presence`."""
    metadata = nested_map(obj, "metadata")
    parts = (metadata.get("namespace"), metadata.get("name"))
    return f"{obj.get('kind')} {'/'.join(part for part in parts if isinstance(part, str))}"


def nested_map(value: object, *fields: str) -> Mapping[str, Any]:
    """The object below `value` at the path `fields`; empty if there is none or it isn't known."""
    for field in fields:
        value = value.get(field) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def nested_list(value: object, *fields: str) -> list[Mapping[str, Any]]:
    """The objects in the array below `value` at the path `fields`, as far as they are known."""
    *parents, last = fields
    items = nested_map(value, *parents).get(last)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def pod_spec(obj: KubernetesObject) -> Mapping[str, Any]:
    """The spec of a Pod, or of the pods that any kind of workload creates; empty for others."""
    spec = nested_map(obj, "spec")
    if obj.get("kind") == "Pod":
        return spec
    return nested_map(nested_map(spec, "jobTemplate", "spec") or spec, "template", "spec")


def containers(obj: KubernetesObject) -> list[Mapping[str, Any]]:
    """The containers of a Pod or workload, including init containers, which come first."""
    pod = pod_spec(obj)
    return [*nested_list(pod, "initContainers"), *nested_list(pod, "containers")]


def long_running_containers(obj: KubernetesObject) -> list[Mapping[str, Any]]:
    """The containers that run as long as the pod, including sidecars among the init containers."""
    pod = pod_spec(obj)
    sidecars = [item for item in nested_list(pod, "initContainers") if item.get("restartPolicy")]
    return [*sidecars, *nested_list(pod, "containers")]
