"""How a workload replaces its pods: nobody is served less than before."""

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, nested_list, nested_map, pod_spec

DRAIN_SECONDS = 10
"""How long a service with people's WebSockets serves on after its termination has begun.

Without a licence Rocket.Chat stops a surplus instance after two checks 20 s apart. The successor's
readiness probe, at most 5 s, and this together stay well below that.
"""
GRACE_SECONDS = 60


def can_surge(workload: KubernetesObject, spec: WorkspaceSpec) -> bool:
    """Whether a successor can start while its predecessor runs.

    On another node it can't mount a ReadWriteOnce claim that the predecessor still uses.
    """
    return not (spec.uploads_on_one_node and _mounts_claim(workload))


def surge_before_terminate(workload: KubernetesObject) -> None:
    """Makes a rolling update start successors before it terminates instances.

    The chart's `maxUnavailable: 1` also applies to a single instance, for which it means an outage
    on each update. The surge of 25% keeps a rollout of many instances short.
    """
    strategy = nested_map(workload, "spec", "strategy")
    if strategy.get("type") == "RollingUpdate":
        strategy["rollingUpdate"] = {"maxSurge": "25%", "maxUnavailable": 0}


def add_pre_stop_drain(workload: KubernetesObject, container: KubernetesObject) -> None:
    """Keeps an instance serving until endpoints drop it, then allows a graceful exit.

    For services that hold people's WebSockets.
    """
    container["lifecycle"] = {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}}
    pod_spec(workload)["terminationGracePeriodSeconds"] = GRACE_SECONDS


def _mounts_claim(workload: KubernetesObject) -> bool:
    volumes = nested_list(pod_spec(workload), "volumes")
    return any("persistentVolumeClaim" in volume for volume in volumes)
