"""Objects -> objects: what the chart lacks, added or mended, one small function for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from components.kube.versions import Version
from components.manifests.objects import (
    KubernetesObject,
    container,
    containers,
    pod_templates,
    selector,
    set_variable,
    variable,
    workload,
)
from components.manifests.probes import probe
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
class Resilience:
    """Which of the mends are on."""

    rolling_updates: bool = True
    probes: bool = True
    graceful_shutdown: bool = True
    disruption_budgets: bool = True
    spread: bool = True
    retries: bool = True
    pod_security: bool = True
    network_policy: bool = True


NOTHING = Resilience(**dict.fromkeys(Resilience.__dataclass_fields__, False))


@dataclass(frozen=True)
class Facts:
    """What the mends have to know of a workspace."""

    release: str
    version: Version | None
    """Rocket.Chat's; None where the image's tag doesn't tell."""
    several: Callable[[Service], bool]
    """Whether a service may have more than one instance."""
    mounted_once: bool = False
    """Whether one node alone mounts a claim: a successor can't start beside its predecessor there,
    and the chart's way of updating stays."""


def mend(objects: list[KubernetesObject], on: Resilience, facts: Facts) -> list[KubernetesObject]:
    """`objects`, mended in place, with what was added."""
    for one in objects:
        dont_await(one)
        await_rollout(one)
    for one in pod_templates(objects):
        if on.rolling_updates and not (facts.mounted_once and has_claim(one)):
            never_below(one)
        for held in containers(one):
            if on.retries:
                retry(held)
            need_no_oplog(held)
    for service, one in workloads(objects, facts.release):
        _mend_service(service, one, on, facts.version)
    return with_budgets(objects, facts) if on.disruption_budgets else objects


def _mend_service(
    service: Service,
    one: KubernetesObject,
    on: Resilience,
    version: Version | None,
) -> None:
    main = container(one, service.container)
    if main is not None and on.probes:
        probe(main, service, version)
    if main is not None and on.graceful_shutdown and service is DDP_STREAMER:
        let_go(one, main)
    if on.spread:
        spread(one)


def with_budgets(objects: list[KubernetesObject], facts: Facts) -> list[KubernetesObject]:
    """`objects` with a budget for each service of several instances, and none for a single one.

    A single instance's would block the drain of its node.
    """
    for service, one in workloads(objects, facts.release):
        if not facts.several(service):
            objects = [each for each in objects if not _is_budget_of(each, one)]
        elif not any(_is_budget_of(each, one) for each in objects):
            objects = [*objects, budget(one)]
    return objects


def workloads(
    objects: list[KubernetesObject],
    release: str,
) -> list[tuple[Service, KubernetesObject]]:
    """Each service's workload, of those that were rendered."""
    return [
        (service, one)
        for service in SERVICES
        if (one := workload(objects, service, release)) is not None
    ]


def dont_await(one: KubernetesObject) -> None:
    """Has the engine not wait for a Service or an Ingress.

    The workloads behind a Service are awaited, and so it needs no ten seconds of its own. An
    Ingress may never get an address on bare metal, and `up` would fail after ten minutes. The
    address of a LoadBalancer Service is awaited: it is where the workspace answers.
    """
    balanced = one["kind"] == "Service" and one["spec"].get("type") == "LoadBalancer"
    if one["kind"] in ("Service", "Ingress") and not balanced:
        one["metadata"].setdefault("annotations", {})[SKIP_AWAIT] = "true"


def await_rollout(one: KubernetesObject) -> None:
    """Has the engine wait for a StatefulSet's rollout.

    By itself the provider (4.25) reads the status that the StatefulSet had before the update, and
    takes a rollout for done that hasn't begun.
    """
    if one["kind"] == "StatefulSet":
        annotations = one["metadata"].setdefault("annotations", {})
        annotations[WAIT_FOR] = f"jsonpath={{$[?{ROLLED_OUT}]}}"


def never_below(one: KubernetesObject) -> None:
    """Takes no instance away before its successor is ready.

    The chart says `maxUnavailable: 1`, also for a single instance: an outage at each update. A
    quarter more at once keeps a rollout of many instances short.
    """
    strategy = one["spec"].get("strategy", {})
    if strategy.get("type") == "RollingUpdate":
        strategy["rollingUpdate"] = {"maxSurge": "25%", "maxUnavailable": 0}


def has_claim(one: KubernetesObject) -> bool:
    """Whether a workload's pods mount a PersistentVolumeClaim."""
    volumes = one["spec"]["template"]["spec"].get("volumes", [])
    return any("persistentVolumeClaim" in volume for volume in volumes)


def retry(held: KubernetesObject) -> None:
    """Turns retries on: the chart says `yes`, and Rocket.Chat's broker reads only `true`."""
    retries = variable(held, "RETRY_ENABLED")
    if retries is not None and retries.get("value") == "yes":
        set_variable(held, "RETRY_ENABLED", "true")


def need_no_oplog(held: KubernetesObject) -> None:
    """Lets pods start without an oplog URL, which charts before 6.27 read from MongoDB's Secret.

    Rocket.Chat has followed MongoDB by change streams since 4.0, and a Secret of today has no such
    key.
    """
    oplog = variable(held, "MONGO_OPLOG_URL")
    if oplog is not None and "valueFrom" in oplog:
        oplog["valueFrom"]["secretKeyRef"]["optional"] = True


def let_go(one: KubernetesObject, held: KubernetesObject) -> None:
    """Keeps an instance serving while the cluster learns that it goes, and gives it time to end."""
    held["lifecycle"] = {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}}
    one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = GRACE_SECONDS


def spread(one: KubernetesObject) -> None:
    """Spreads a workload's pods over zones and nodes, as far as there are any."""
    pod = one["spec"]["template"]["spec"]
    pod.setdefault(
        "topologySpreadConstraints",
        [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(one)},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    )


def budget(one: KubernetesObject) -> KubernetesObject:
    """A PodDisruptionBudget by which a drain takes one pod of a workload at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {**identity(one), "labels": selector(one)},
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector(one)},
            # A pod that isn't ready holds nothing up: it serves nobody.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def identity(one: KubernetesObject) -> dict[str, Any]:
    """Name and namespace of an object."""
    return {key: one["metadata"][key] for key in ("name", "namespace")}


def _is_budget_of(each: KubernetesObject, one: KubernetesObject) -> bool:
    if each["kind"] != "PodDisruptionBudget":
        return False
    labels: dict[str, str] = each["spec"]["selector"]["matchLabels"]
    return labels == selector(one)
