"""How a change affects the pods of a workload: restarts, rollouts and numbers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from components.kube.objects import nested_list, nested_map, pod_spec, referenced_secrets
from tools.report.changes import CHECKSUM_PREFIX
from tools.report.preview import Properties, to_string

_CONTAINER_REASONS = {
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
"""Why pods restart, by field of a container; the field's own name if it isn't here."""
_POD_REASONS = {
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
"""Why pods restart, by field of the pod's spec."""
_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""The annotation that `kubectl rollout restart` sets."""
_REASON_ORDER = tuple(
    dict.fromkeys(
        [
            *("image", "environment", "secret rotated", "resources", "probe", "configuration"),
            *_CONTAINER_REASONS.values(),
            *_POD_REASONS.values(),
        ],
    ),
)
MAX_INSTANCES = 10**6
"""Larger numbers, from an object that isn't a real one, count as not given."""


def pod_template(workload: Properties) -> Properties:
    """The template of a workload's pods."""
    return nested_map(workload, "spec", "template")


def main_container(workload: Properties, name: str) -> Properties:
    """The container `name`, or else the first one, leaving init containers aside."""
    found = nested_list(pod_spec(workload), "containers")
    named = (container for container in found if container.get("name") == name)
    return next(named, found[0] if found else {})


def restart_reasons(old: Properties, new: Properties, known_secrets: Iterable[str]) -> list[str]:
    """Why the pods of a workload restart, most important reason first; empty if they don't.

    Args:
        old: The workload before.
        new: The workload after.
        known_secrets: Names of Secrets, which distinguish the checksum of a Secret from that of
            other configuration. Those that the workload reads needn't be included.
    """
    if pod_template(old) == pod_template(new):
        return []
    secrets = {
        *known_secrets,
        *referenced_secrets(old, optional=False),
        *referenced_secrets(new, optional=False),
    }
    reasons = {*_annotation_reasons(old, new, secrets), *_container_reasons(old, new)}
    for field in _differing_keys(pod_spec(old), pod_spec(new)):
        if field not in ("containers", "initContainers"):
            reasons.add(_POD_REASONS.get(field, to_string(field)))
    labels = [
        nested_map(pod_template(workload), "metadata").get("labels") for workload in (old, new)
    ]
    if labels[0] != labels[1]:
        reasons.add("labels")

    def order(reason: str) -> tuple[int, str]:
        known = reason in _REASON_ORDER
        return (_REASON_ORDER.index(reason) if known else len(_REASON_ORDER), reason)

    return sorted(reasons, key=order) or ["pod template"]


def rollout_keeps_serving(workload: Properties, instances: int) -> bool:
    """Whether a rollout of so many instances keeps at least one of them ready all the time."""
    spec = nested_map(workload, "spec")
    if spec.get("serviceName") is not None or workload.get("kind") == "StatefulSet":
        # A StatefulSet replaces its pods one by one.
        return instances > 1
    strategy = nested_map(spec, "strategy")
    if strategy.get("type") == "Recreate":
        return False
    rolling_update = nested_map(strategy, "rollingUpdate")
    unavailable = _to_count(rolling_update.get("maxUnavailable", "25%"), instances, round_up=False)
    surge = _to_count(rolling_update.get("maxSurge", "25%"), instances, round_up=True)
    if unavailable == 0 and surge == 0:
        unavailable = 1  # as in Kubernetes, which couldn't replace any pod otherwise
    return instances > unavailable


def _to_count(value: object, instances: int, *, round_up: bool) -> int:
    """A number, or a percentage of `instances`, as a number."""
    percentage = re.fullmatch(r"(\d{1,3})%", value) if isinstance(value, str) else None
    if percentage:
        hundredfold = int(percentage[1]) * instances
        return -(-hundredfold // 100) if round_up else hundredfold // 100
    return _to_int(value, 0)


def _annotation_reasons(old: Properties, new: Properties, secrets: set[str]) -> Iterator[str]:
    before = nested_map(pod_template(old), "metadata", "annotations")
    after = nested_map(pod_template(new), "metadata", "annotations")
    for key in _differing_keys(before, after):
        checksum_of = key.removeprefix(CHECKSUM_PREFIX)
        if key == _RESTARTED_AT:
            yield "restart requested"
        elif checksum_of == key:
            yield "annotations"
        elif checksum_of not in secrets:
            yield "configuration"
        elif key in before and key in after:
            yield "secret rotated"
        # A checksum that is added or removed comes with a variable, which is a reason by itself.


def _container_reasons(old: Properties, new: Properties) -> Iterator[str]:
    for field in ("initContainers", "containers"):
        before = {to_string(item.get("name")): item for item in nested_list(pod_spec(old), field)}
        after = {to_string(item.get("name")): item for item in nested_list(pod_spec(new), field)}
        if before.keys() != after.keys():
            yield "containers"
        for name in before.keys() & after.keys():
            for key in _differing_keys(before[name], after[name]):
                yield _CONTAINER_REASONS.get(key, to_string(key))


def _differing_keys(before: Properties, after: Properties) -> list[str]:
    keys = before.keys() | after.keys()
    return sorted(key for key in keys if before.get(key) != after.get(key))


@dataclass(frozen=True)
class InstanceRange:
    """How many instances run: a fixed number, or a range in which an autoscaler decides."""

    minimum: int
    maximum: int

    def __str__(self) -> str:
        if self.minimum == self.maximum:
            return str(self.minimum)
        return f"{self.minimum} to {self.maximum}"

    def __add__(self, other: "InstanceRange") -> "InstanceRange":
        return InstanceRange(self.minimum + other.minimum, self.maximum + other.maximum)


NO_INSTANCES = InstanceRange(0, 0)


def desired_instances(workload: Properties, autoscaler: Properties | None) -> InstanceRange:
    """How many instances a workload, or its autoscaler if it has one, wants to run."""
    if autoscaler is not None:
        spec = nested_map(autoscaler, "spec")
        minimum = _to_int(spec.get("minReplicas"), 1)
        return InstanceRange(minimum, max(minimum, _to_int(spec.get("maxReplicas"), minimum)))
    replicas = _to_int(nested_map(workload, "spec").get("replicas"), 1)
    return InstanceRange(replicas, replicas)


def _to_int(value: object, default: int) -> int:
    if isinstance(value, int | float) and 0 <= value < MAX_INSTANCES:
        return int(value)
    return default
