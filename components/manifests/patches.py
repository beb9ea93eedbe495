"""Objects -> objects: what the chart lacks, added or mended, one small function for each."""

from collections.abc import Callable
from dataclasses import dataclass

from components.inputs.spec import Resilience
from components.kube.objects import (
    KubernetesObject,
    containers,
    find_container,
    find_env,
    match_labels,
    name_and_namespace,
    set_env,
    workloads,
)
from components.kube.versions import Version
from components.manifests.probes import set_probes
from components.manifests.workloads import find_workload
from components.services import DDP_STREAMER, SERVICES, Service

SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
ROLLED_OUT = (
    # The provider's parser takes two terms at a time.
    "($.status.observedGeneration == $.metadata.generation"
    " && $.status.updateRevision == $.status.currentRevision)"
    " && ($.status.replicas == $.spec.replicas && $.status.readyReplicas == $.spec.replicas)"
)
"""Of a StatefulSet: every pod is of the newest revision, and ready."""
DRAIN_SECONDS = 10
"""How long ddp-streamer keeps serving after it was taken out of its Service.

Without a licence Rocket.Chat stops a surplus instance after two checks 20 s apart; a successor's
readiness, at most 5 s, and this stay well below that.
"""
GRACE_SECONDS = 60


@dataclass(frozen=True)
class PatchContext:
    """What the mends have to know of a workspace."""

    release: str
    version: Version | None
    """Rocket.Chat's; None where the image's tag doesn't tell."""
    may_have_replicas: Callable[[Service], bool]
    """Whether a service may have more than one instance."""
    read_write_once: bool = False
    """Whether one node alone mounts a claim: a successor can't start beside its predecessor there,
    and the chart's way of updating stays."""


def apply_patches(
    objects: list[KubernetesObject], enabled: Resilience, facts: PatchContext
) -> list[KubernetesObject]:
    """`objects`, mended in place, with what was added."""
    for one in objects:
        skip_await(one)
        wait_for_rollout(one)
    for one in workloads(objects):
        if enabled.rolling_updates and not (facts.read_write_once and mounts_claim(one)):
            surge_before_terminate(one)
        for held in containers(one):
            if enabled.retries:
                enable_retries(held)
            make_oplog_optional(held)
    for service, one in service_workloads(objects, facts.release):
        _mend_service(service, one, enabled, facts.version)
    return add_disruption_budgets(objects, facts) if enabled.disruption_budgets else objects


def _mend_service(
    service: Service,
    one: KubernetesObject,
    enabled: Resilience,
    version: Version | None,
) -> None:
    main = find_container(one, service.container)
    if main is not None and enabled.probes:
        set_probes(main, service, version)
    if main is not None and enabled.graceful_shutdown and service is DDP_STREAMER:
        add_pre_stop_drain(one, main)
    if enabled.topology_spread:
        add_topology_spread(one)


def add_disruption_budgets(
    objects: list[KubernetesObject], facts: PatchContext
) -> list[KubernetesObject]:
    """`objects` with a budget for each service of several instances, and none for a single one.

    A single instance's would block the drain of its node.
    """
    for service, one in service_workloads(objects, facts.release):
        if not facts.may_have_replicas(service):
            objects = [each for each in objects if not _is_budget_of(each, one)]
        elif not any(_is_budget_of(each, one) for each in objects):
            objects = [*objects, pod_disruption_budget(one)]
    return objects


def service_workloads(
    objects: list[KubernetesObject],
    release: str,
) -> list[tuple[Service, KubernetesObject]]:
    """Each service's workload, of those that were rendered."""
    return [
        (service, one)
        for service in SERVICES
        if (one := find_workload(objects, service, release)) is not None
    ]


def skip_await(one: KubernetesObject) -> None:
    """Has the engine not wait for a Service or an Ingress.

    The workloads behind a Service are awaited, and so it needs no ten seconds of its own. An
    Ingress may never get an address on bare metal, and `up` would fail after ten minutes. The
    address of a LoadBalancer Service is awaited: it is where the workspace answers.
    """
    balanced = one["kind"] == "Service" and one["spec"].get("type") == "LoadBalancer"
    if one["kind"] in ("Service", "Ingress") and not balanced:
        one["metadata"].setdefault("annotations", {})[SKIP_AWAIT] = "true"


def wait_for_rollout(one: KubernetesObject) -> None:
    """Has the engine wait for a StatefulSet's rollout.

    By itself the provider (4.25) reads the status that the StatefulSet had before the update, and
    takes a rollout for done that hasn't begun.
    """
    if one["kind"] == "StatefulSet":
        annotations = one["metadata"].setdefault("annotations", {})
        annotations[WAIT_FOR] = f"jsonpath={{$[?{ROLLED_OUT}]}}"


def surge_before_terminate(one: KubernetesObject) -> None:
    """Takes no instance away before its successor is ready.

    The chart says `maxUnavailable: 1`, also for a single instance: an outage at each update. A
    quarter more at once keeps a rollout of many instances short.
    """
    strategy = one["spec"].get("strategy", {})
    if strategy.get("type") == "RollingUpdate":
        strategy["rollingUpdate"] = {"maxSurge": "25%", "maxUnavailable": 0}


def mounts_claim(one: KubernetesObject) -> bool:
    """Whether a workload's pods mount a PersistentVolumeClaim."""
    volumes = one["spec"]["template"]["spec"].get("volumes", [])
    return any("persistentVolumeClaim" in volume for volume in volumes)


def enable_retries(held: KubernetesObject) -> None:
    """Turns retries on: the chart says `yes`, and Rocket.Chat's broker reads only `true`."""
    retries = find_env(held, "RETRY_ENABLED")
    if retries is not None and retries.get("value") == "yes":
        set_env(held, "RETRY_ENABLED", "true")


def make_oplog_optional(held: KubernetesObject) -> None:
    """Lets pods start without an oplog URL, which charts before 6.27 read from MongoDB's Secret.

    Rocket.Chat has followed MongoDB by change streams since 4.0, and a Secret of today has no such
    key.
    """
    oplog = find_env(held, "MONGO_OPLOG_URL")
    if oplog is not None and "valueFrom" in oplog:
        oplog["valueFrom"]["secretKeyRef"]["optional"] = True


def add_pre_stop_drain(one: KubernetesObject, held: KubernetesObject) -> None:
    """Keeps an instance serving while the cluster learns that it goes, and gives it time to end."""
    held["lifecycle"] = {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}}
    one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = GRACE_SECONDS


def add_topology_spread(one: KubernetesObject) -> None:
    """Spreads a workload's pods over zones and nodes, as far as there are any."""
    pod = one["spec"]["template"]["spec"]
    pod.setdefault(
        "topologySpreadConstraints",
        [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": match_labels(one)},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    )


def pod_disruption_budget(one: KubernetesObject) -> KubernetesObject:
    """A PodDisruptionBudget by which a drain takes one pod of a workload at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {**name_and_namespace(one), "labels": match_labels(one)},
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": match_labels(one)},
            # A pod that isn't ready holds nothing up: it serves nobody.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def _is_budget_of(each: KubernetesObject, one: KubernetesObject) -> bool:
    if each["kind"] != "PodDisruptionBudget":
        return False
    labels: dict[str, str] = each["spec"]["selector"]["matchLabels"]
    return labels == match_labels(one)
