"""Kubernetes objects as plain dicts, and where things are in them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

KubernetesObject = dict[str, Any]


def to_plain_json(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` without nulls, which Kubernetes takes as absent, and with whole numbers as `int`.

    Pulumi's protocol knows no integers and hands every number over as a float.
    """
    if isinstance(value, Mapping):
        return {key: to_plain_json(held) for key, held in value.items() if held is not None}
    if isinstance(value, list):
        return [to_plain_json(held) for held in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def kind_and_name(one: KubernetesObject) -> str:
    """`Deployment/chat-presence`."""
    return f"{one['kind']}/{one['metadata']['name']}"


def workloads(objects: Iterable[KubernetesObject]) -> Iterator[KubernetesObject]:
    """Every workload that has a pod template."""
    return (one for one in objects if "template" in one.get("spec", {}))


def containers(one: KubernetesObject) -> list[KubernetesObject]:
    """Every container of a workload, those that run first included."""
    pod = one["spec"]["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


def find_container(one: KubernetesObject, name: str) -> KubernetesObject | None:
    """The container `name` of a workload."""
    return next((held for held in containers(one) if held["name"] == name), None)


def find_env(held: KubernetesObject, name: str) -> KubernetesObject | None:
    """The environment variable `name` of a container, as its `env` has it."""
    found = [one for one in held.get("env", []) if one["name"] == name]
    return found[-1] if found else None


def set_env(held: KubernetesObject, name: str, value: str) -> None:
    """Gives a container the environment variable `name`, in its place or at the end."""
    env = held.setdefault("env", [])
    wanted = {"name": name, "value": value}
    at = next((i for i, one in enumerate(env) if one["name"] == name), None)
    if at is None:
        env.append(wanted)
    else:
        env[at] = wanted


def referenced_secrets(one: KubernetesObject) -> set[str]:
    """Names of the Secrets that a workload's pods read, as variables or as volumes."""
    names = set()
    for held in containers(one):
        for source in held.get("envFrom", []):
            names.add(source.get("secretRef", {}).get("name"))
        for each in held.get("env", []):
            names.add(each.get("valueFrom", {}).get("secretKeyRef", {}).get("name"))
    for volume in one["spec"]["template"]["spec"].get("volumes", []):
        names.add(volume.get("secret", {}).get("secretName"))
    return names - {None}


def match_labels(one: KubernetesObject) -> dict[str, str]:
    """The labels by which a workload knows its pods."""
    labels = one["spec"]["selector"].get("matchLabels", {})
    return labels if isinstance(labels, dict) else {}
