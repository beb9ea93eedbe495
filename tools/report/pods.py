"""Pods: whether and why a change restarts them, and what that takes from their service."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tools.report.changes import CHECKSUM, mapping, maps, metadata, text
from tools.report.preview import State

_CONTAINER = {
    "image": "image",
    "env": "environment",
    "envFrom": "environment",
    "resources": "resources",
    "livenessProbe": "probe",
    "readinessProbe": "probe",
    "startupProbe": "probe",
    "command": "command",
    "args": "command",
    "volumeMounts": "volumes",
    "securityContext": "security context",
    "ports": "ports",
    "lifecycle": "shutdown",
}
_POD = {
    "volumes": "volumes",
    "affinity": "scheduling",
    "nodeSelector": "scheduling",
    "tolerations": "scheduling",
    "topologySpreadConstraints": "scheduling",
    "priorityClassName": "scheduling",
    "schedulerName": "scheduling",
    "securityContext": "security context",
    "serviceAccountName": "service account",
    "terminationGracePeriodSeconds": "shutdown",
    "imagePullSecrets": "image",
}
_RESTARTED = "kubectl.kubernetes.io/restartedAt"
ORDER = tuple(
    dict.fromkeys(
        [
            *("image", "environment", "secret rotated", "resources", "probe", "configuration"),
            *_CONTAINER.values(),
            *_POD.values(),
        ],
    ),
)


class Rollout(Enum):
    """How a workload exchanges its pods."""

    KEPT = "at least one instance serves all the time"
    STOPPED = "every instance is stopped before another is ready"


def template(one: State) -> Mapping[str, Any]:
    """The pods that a workload makes."""
    return mapping(mapping(one.get("spec")).get("template"))


def pod(one: State) -> Mapping[str, Any]:
    """What a workload's pods consist of."""
    return mapping(template(one).get("spec"))


def containers(one: State) -> list[Mapping[str, Any]]:
    """Every container of a workload's pods, those that run first included."""
    return [*maps(pod(one).get("initContainers")), *maps(pod(one).get("containers"))]


def main_container(one: State, name: str) -> Mapping[str, Any]:
    """The container that does the work."""
    held = maps(pod(one).get("containers"))
    return next((each for each in held if each.get("name") == name), held[0] if held else {})


def secrets_read(one: State) -> set[str]:
    """Names of the Secrets that a workload's pods can't start without."""
    sources: list[Mapping[str, Any]] = []
    for held in containers(one):
        sources += [mapping(each.get("secretRef")) for each in maps(held.get("envFrom"))]
        for each in maps(held.get("env")):
            sources.append(mapping(mapping(each.get("valueFrom")).get("secretKeyRef")))
    names = {text(one.get("name")) for one in sources if one.get("optional") is not True}
    for volume in maps(pod(one).get("volumes")):
        held = mapping(volume.get("secret"))
        if held.get("optional") is not True:
            names.add(text(held.get("secretName")))
    return names - {""}


def reasons(old: State, new: State, secrets: Iterable[str]) -> list[str]:
    """Why the pods of a workload restart, the weightiest first; nothing where they don't.

    `secrets` are the names of Secrets whose rotation a checksum tells.
    """
    if template(old) == template(new):
        return []
    secrets = {*secrets, *secrets_read(old), *secrets_read(new)}
    found = {*_annotated(old, new, secrets), *_contained(old, new)}
    before, after = pod(old), pod(new)
    inside = ("containers", "initContainers")
    found |= {_POD.get(key, text(key)) for key in _differing(before, after) if key not in inside}
    if metadata(template(old)).get("labels") != metadata(template(new)).get("labels"):
        found.add("labels")
    return sorted(found, key=lambda one: (ORDER.index(one) if one in ORDER else 99, one)) or [
        "pod template"
    ]


def rollout(one: State, instances: int) -> Rollout:
    """How a workload of so many instances exchanges its pods."""
    spec = mapping(one.get("spec"))
    if spec.get("serviceName") is not None or one.get("kind") == "StatefulSet":
        # One after the other, each awaited.
        return Rollout.KEPT if instances > 1 else Rollout.STOPPED
    strategy = mapping(spec.get("strategy"))
    if strategy.get("type") == "Recreate":
        return Rollout.STOPPED
    rolling = mapping(strategy.get("rollingUpdate"))
    missing = _share(rolling.get("maxUnavailable", "25%"), instances, up=False)
    surge = _share(rolling.get("maxSurge", "25%"), instances, up=True)
    if missing == 0 and surge == 0:
        missing = 1  # as Kubernetes takes it
    return Rollout.KEPT if instances - missing > 0 else Rollout.STOPPED


def _share(value: object, instances: int, *, up: bool) -> int:
    percent = re.fullmatch(r"(\d{1,3})%", value) if isinstance(value, str) else None
    if percent:
        share = int(percent[1]) * instances
        return -(-share // 100) if up else share // 100
    return _number(value, 0)


def _annotated(old: State, new: State, secrets: set[str]) -> Iterator[str]:
    before = mapping(metadata(template(old)).get("annotations"))
    after = mapping(metadata(template(new)).get("annotations"))
    for key in _differing(before, after):
        of = key.removeprefix(CHECKSUM)
        if key == _RESTARTED:
            yield "restart asked for"
        elif of == key:
            yield "annotations"
        elif of not in secrets:
            yield "configuration"
        elif key in before and key in after:
            yield "secret rotated"
        # One that comes or goes does so with the variable that reads it.


def _contained(old: State, new: State) -> Iterator[str]:
    for group in ("initContainers", "containers"):
        before = {text(one.get("name")): one for one in maps(pod(old).get(group))}
        after = {text(one.get("name")): one for one in maps(pod(new).get(group))}
        if before.keys() != after.keys():
            yield "containers"
        for name in before.keys() & after.keys():
            for key in _differing(before[name], after[name]):
                yield _CONTAINER.get(key, text(key))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    keys = before.keys() | after.keys()
    return sorted(key for key in keys if before.get(key) != after.get(key))


@dataclass(frozen=True)
class Instances:
    """How many run: one number, or what an autoscaler keeps between two."""

    least: int
    most: int

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"

    def __add__(self, other: "Instances") -> "Instances":
        return Instances(self.least + other.least, self.most + other.most)


NONE = Instances(0, 0)


def instances(one: State, autoscaler: State | None) -> Instances:
    """How many instances a workload asks for."""
    spec = mapping(one.get("spec"))
    if autoscaler is not None:
        between = mapping(autoscaler.get("spec"))
        least = _number(between.get("minReplicas"), 1)
        return Instances(least, max(least, _number(between.get("maxReplicas"), least)))
    number = _number(spec.get("replicas"), 1)
    return Instances(number, number)


def _number(value: object, default: int) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 10**6 else default
