"""What a container's process gets to see in a pod, as the kubelet arranges it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.kube.objects import KubernetesObject, nested_list, nested_map

_REFERENCE = re.compile(r"\$(?:\$|\(([^()]+)\))")
_METADATA_ENTRY = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


@dataclass(frozen=True)
class Pod:
    """A pod of a workload."""

    workload: KubernetesObject
    name: str
    ip: str
    namespace: str = "chat"

    def field(self, path: str) -> str:
        """Returns a field of the pod, as in `metadata.name`.

        Raises:
            LookupError: If the kubelet hands on no such field.
        """
        metadata = nested_map(self.workload, "spec", "template", "metadata")
        entry = _METADATA_ENTRY.fullmatch(path)
        if entry:
            return str(nested_map(metadata, entry[1]).get(entry[2], ""))
        return {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "status.podIP": self.ip,
        }[path]


@dataclass(frozen=True)
class Cluster:
    """The data of a namespace's Secrets and ConfigMaps, by their names."""

    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def environment(container: KubernetesObject, pod: Pod, cluster: Cluster) -> dict[str, str]:
    """Returns the variables that a container's process gets, besides its image's own.

    `envFrom` comes first, then `env` in its order. A value may refer to variables before it.

    Raises:
        LookupError: If a Secret, a ConfigMap or a key is missing, and isn't optional: the kubelet
            doesn't start such a container.
    """
    result: dict[str, str] = {}
    for source in nested_list(container, "envFrom"):
        prefix = source.get("prefix", "")
        for kind, objects in (
            ("secretRef", cluster.secrets),
            ("configMapRef", cluster.config_maps),
        ):
            reference = nested_map(source, kind)
            if reference and (reference["name"] in objects or not reference.get("optional")):
                data = objects[reference["name"]]
                result |= {f"{prefix}{key}": value for key, value in data.items()}
    for entry in nested_list(container, "env"):
        value = _value(entry, pod, cluster, result)
        if value is not None:
            result[entry["name"]] = value
    return result


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replaces `$(NAME)` by a variable's value, and `$$` by a dollar; unknown names stay."""

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        return "$" if name is None else variables.get(name, match[0])

    return _REFERENCE.sub(replace, text)


def command(container: KubernetesObject, variables: Mapping[str, str]) -> list[str]:
    """Returns the container's command and arguments."""
    words = [*container.get("command", []), *container.get("args", [])]
    return [expand(word, variables) for word in words]


def _value(
    entry: Mapping[str, Any], pod: Pod, cluster: Cluster, before: Mapping[str, str]
) -> str | None:
    """Returns the value of an entry of `env`; None where an optional reference has none."""
    source = entry.get("valueFrom")
    if not source:
        return expand(str(entry.get("value", "")), before)
    if "fieldRef" in source:
        return pod.field(source["fieldRef"]["fieldPath"])
    kind, objects = (
        ("secretKeyRef", cluster.secrets)
        if "secretKeyRef" in source
        else ("configMapKeyRef", cluster.config_maps)
    )
    reference = source[kind]
    data = objects.get(reference["name"], {})
    if reference["key"] not in data and reference.get("optional"):
        return None
    return data[reference["key"]]
