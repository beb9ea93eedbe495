"""Kubernetes objects as plain dicts, and how to find things in them.

The readers accept incomplete objects, such as those of a preview: a field that is missing, null or
not known yet counts as empty.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

KubernetesObject = dict[str, Any]


def to_plain_json(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns `value` without nulls, which Kubernetes treats as absent, and with integers as `int`.

    Pulumi's protocol has no integers: every number arrives as a float.
    """
    if isinstance(value, Mapping):
        return {key: to_plain_json(field) for key, field in value.items() if field is not None}
    if isinstance(value, list):
        return [to_plain_json(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def nested_map(value: object, *fields: str) -> dict[str, Any]:
    """The object below `value` at the path `fields`; an empty one if there is none."""
    for field in fields:
        value = value.get(field) if isinstance(value, Mapping) else None
    return value if isinstance(value, dict) else {}


def nested_list(value: object, *fields: str) -> list[dict[str, Any]]:
    """The objects in the array below `value` at the path `fields`."""
    *parents, last = fields
    items = nested_map(value, *parents).get(last)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def kind_and_name(obj: Mapping[str, Any]) -> str:
    """Kind and name of an object, as in `Deployment/chat-presence`."""
    return f"{obj['kind']}/{obj['metadata']['name']}"


def name_and_namespace(obj: Mapping[str, Any]) -> dict[str, str]:
    """Metadata that gives another object the same name and namespace."""
    return {key: obj["metadata"][key] for key in ("name", "namespace")}


def workloads(objects: Iterable[KubernetesObject]) -> Iterator[KubernetesObject]:
    """The objects that have a pod template."""
    return (obj for obj in objects if "template" in nested_map(obj, "spec"))


def pod_spec(workload: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of the pods that a workload creates."""
    return nested_map(workload, "spec", "template", "spec")


def match_labels(workload: Mapping[str, Any]) -> dict[str, str]:
    """The labels by which a workload selects its pods."""
    return nested_map(workload, "spec", "selector", "matchLabels")


def containers(workload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The containers of a workload's pods, including init containers, which come first."""
    pod = pod_spec(workload)
    return [*nested_list(pod, "initContainers"), *nested_list(pod, "containers")]


def find_container(workload: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The container of a workload that is called `name`."""
    found = (item for item in containers(workload) if item.get("name") == name)
    return next(found, None)


def find_env(container: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The entry of a container's `env` for the variable `name`.

    Of several entries the last one counts, as in Kubernetes.
    """
    found = [entry for entry in nested_list(container, "env") if entry.get("name") == name]
    return found[-1] if found else None


def set_env(container: dict[str, Any], name: str, value: str) -> None:
    """Sets a container's environment variable, in place if it is already there."""
    env = container.setdefault("env", [])
    entry = {"name": name, "value": value}
    for i, existing in enumerate(env):
        if existing["name"] == name:
            env[i] = entry
            return
    env.append(entry)


def secret_env(variable: str, secret: str, key: str) -> dict[str, Any]:
    """Returns the entry of `env` that reads a Secret's key."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def replace_env(container: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Puts `entries` where the first of their names is, as a variable can refer to earlier ones."""
    env = nested_list(container, "env")
    names = {entry["name"] for entry in entries}
    index = next((i for i, entry in enumerate(env) if entry["name"] in names), len(env))
    others = [entry for entry in env if entry["name"] not in names]
    container["env"] = [*others[:index], *entries, *others[index:]]


def referenced_secrets(workload: Mapping[str, Any], *, optional: bool = True) -> set[str]:
    """The names of the Secrets that a workload's pods read as variables or mount as volumes.

    Args:
        workload: An object with a pod template.
        optional: Whether to include Secrets that pods can start without.
    """
    references = [
        {**secret, "name": secret.get("secretName")}
        for volume in nested_list(pod_spec(workload), "volumes")
        for secret in [nested_map(volume, "secret")]
    ]
    for container in containers(workload):
        env, env_from = nested_list(container, "env"), nested_list(container, "envFrom")
        references += [nested_map(source, "secretRef") for source in env_from]
        references += [nested_map(entry, "valueFrom", "secretKeyRef") for entry in env]
    return {
        reference["name"]
        for reference in references
        if isinstance(reference.get("name"), str)
        and (optional or reference.get("optional") is not True)
    }
