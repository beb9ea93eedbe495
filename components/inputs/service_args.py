"""The inputs that each service has for itself.

The rules of `args.py` for annotations hold here too.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi


class SecretKeyArgs(TypedDict):
    """One key of an existing Secret in the namespace."""

    name: str
    """The Secret's name."""
    key: str
    """The key in its data."""


class TolerationArgs(TypedDict):
    """One toleration, as Kubernetes writes it."""

    key: NotRequired[str]
    """The taint's key; every taint where left out."""
    operator: NotRequired[str]
    """`Equal`, the default, or `Exists`."""
    value: NotRequired[str]
    """The taint's value, with `Equal`."""
    effect: NotRequired[str]
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`; every effect where left out."""
    toleration_seconds: NotRequired[int]
    """How long a pod tolerates `NoExecute`; forever where left out."""


class ResourceRequirementsArgs(TypedDict):
    """Resources of one container, as Kubernetes writes them."""

    requests: NotRequired[Mapping[str, str]]
    """What the scheduler reserves, such as `cpu: 500m` and `memory: 1Gi`."""
    limits: NotRequired[Mapping[str, str]]
    """The most that the container may use."""


class AutoscalingArgs(TypedDict):
    """A HorizontalPodAutoscaler; needs a CPU request in `resources`."""

    min_replicas: int
    """Fewest instances."""
    max_replicas: int
    """Most instances."""
    target_cpu_percent: NotRequired[int]
    """Average CPU use to aim at, in percent of the CPU request."""


class ScaleDownArgs(TypedDict):
    """How slowly instances are taken away, as each takes the sockets of the people on it along."""

    stabilization_window_seconds: NotRequired[int]
    """How long fewer instances have to be enough, before one is taken away."""
    period_seconds: NotRequired[int]
    """In how many seconds one instance at most is taken away."""


class SocketAutoscalingArgs(AutoscalingArgs):
    """A HorizontalPodAutoscaler by CPU, or by the people on each instance."""

    target_users_connected: NotRequired[int]
    """People on each instance to aim at, in place of CPU; needs an adapter for custom metrics."""
    scale_down: NotRequired[ScaleDownArgs]
    """How slowly instances are taken away."""


class ProbesArgs(TypedDict):
    """The probes of one service; what is left out is as `docs/chart-fixes.md` says."""

    enabled: NotRequired[bool]
    """False takes every probe off the service's container."""
    startup_seconds: NotRequired[int]
    """How long the service may take to start."""
    period_seconds: NotRequired[int]
    """How often liveness and readiness are asked for."""
    timeout_seconds: NotRequired[int]
    """How long an answer may take."""
    failure_threshold: NotRequired[int]
    """How many answers in a row may fail before the container is restarted, or gets no work."""


class ServiceSettingsArgs(TypedDict):
    """Settings of one service."""

    resources: NotRequired[ResourceRequirementsArgs]
    """Requests and limits of the service's own container."""
    node_selector: NotRequired[Mapping[str, str]]
    """Labels of the nodes that its pods may run on, in place of the workspace's."""
    tolerations: NotRequired[list[TolerationArgs]]
    """Tolerations of its pods, in place of the workspace's."""
    affinity: NotRequired[Mapping[str, Any]]
    """Affinity of its pods, as Kubernetes writes it, in place of the workspace's."""
    priority_class: NotRequired[str]
    """The priority class of its pods."""
    pod_annotations: NotRequired[Mapping[str, str]]
    """Annotations of its pods."""
    pod_labels: NotRequired[Mapping[str, str]]
    """Labels of its pods."""
    probes: NotRequired[ProbesArgs]
    """Times of its probes, or no probes."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Its environment variables, which win over those of all services."""
    variables_from: NotRequired[Mapping[str, SecretKeyArgs]]
    """Its environment variables whose values are in existing Secrets."""


class ScalableServiceSettingsArgs(ServiceSettingsArgs):
    """Settings of one service that an autoscaler may scale."""

    autoscaling: NotRequired[AutoscalingArgs]
    """Scales the service with its load, in place of a number in `replicas`."""


class SocketServiceSettingsArgs(ServiceSettingsArgs):
    """Settings of one service that keeps people's sockets open."""

    autoscaling: NotRequired[SocketAutoscalingArgs]
    """Scales the service with its load, in place of a number in `replicas`."""
