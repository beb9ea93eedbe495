"""The inputs that each service has for itself.

The rules of `args.py` for annotations hold here too.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


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


class ServiceSettingsArgs(TypedDict):
    """Settings of one service."""

    resources: NotRequired[ResourceRequirementsArgs]
    """Requests and limits of the service's own container."""


class ScalableServiceSettingsArgs(TypedDict):
    """Settings of one service that an autoscaler may scale."""

    resources: NotRequired[ResourceRequirementsArgs]
    """Requests and limits of the service's own container."""
    autoscaling: NotRequired[AutoscalingArgs]
    """Scales the service with its load, in place of a number in `replicas`."""
