"""Watches a workspace on the twin while something happens to it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from components.kube.api import Api
from components.kube.objects import KubernetesObject, match_labels, nested_list, nested_map
from components.services import DDP_STREAMER, SERVICES
from tools.rehearse.people import People
from tools.rehearse.read import INSTANCE_LABEL, workload_name
from tools.rehearse.requests import pod_requests, to_amounts

POLL_SECONDS = 0.25
RELIEF_SECONDS = 2.0
"""How long pods find no node until an autoscaler adds one."""
STUCK_SECONDS = 20.0
"""How long nothing changes until pods that no node takes count as stuck. The scheduler may wait for
10 s before it tries again."""
RESOURCES = ("cpu", "memory")


@dataclass(frozen=True)
class Counts:
    """The pods of one service at one time."""

    desired: int = 0
    ready: int = 0
    pending: int = 0
    """Those that no node takes."""
    terminating: int = 0


@dataclass(frozen=True)
class Sample:
    """What was seen at one time; there is one for each change."""

    seconds: float
    services: Mapping[str, Counts]
    served: int
    """People whom the ready ddp-streamers are planned for."""
    disconnected: int
    """How often people were disconnected so far."""
    nodes: Mapping[str, Mapping[str, float]]
    """How much of each resource of a node is requested by the workspace, in units."""


@dataclass
class Observation:
    """What happened, and why pods are stuck at its end."""

    samples: list[Sample] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    """By service: why no node takes its pods, or why they aren't created."""
    missing: dict[str, int] = field(default_factory=dict)
    """By service: how many pods are stuck."""

    @property
    def last(self) -> Sample:
        """What was seen at the end."""
        return self.samples[-1]


class Observer:
    """Looks at the workspace `release` in `namespace` again and again."""

    def __init__(
        self, api: Api, namespace: str, release: str, *, users: int | None, ready_seconds: float
    ) -> None:
        self.release = release
        self._api = api
        self._namespace = namespace
        self._people = People(users)
        self._stuck_seconds = STUCK_SECONDS + 2 * ready_seconds
        self.add_node: Callable[[], bool] = lambda: False
        """Adds a node for pods that no node takes, and returns whether it could."""
        self._began = time.monotonic()
        self._changed = self._began
        self.observation = Observation()

    def watch(self, is_over: Callable[[], bool]) -> bool:
        """Watches until `is_over`, and returns whether it got there; False if pods are stuck."""
        while True:
            over = is_over()
            stuck = self.look()
            if over:
                return not stuck
            if stuck and self._quiet_seconds > RELIEF_SECONDS and self.add_node():
                self._changed = time.monotonic()
            elif stuck and self.is_quiet:
                return False
            time.sleep(POLL_SECONDS)

    def settle(self) -> bool:
        """Watches until all pods are ready, and returns whether they are, or are stuck."""
        return self.watch(self._is_settled)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has changed for so long that what is missing won't come."""
        return self._quiet_seconds > self._stuck_seconds

    @property
    def _quiet_seconds(self) -> float:
        return time.monotonic() - self._changed

    def look(self) -> bool:
        """Adds a sample if anything has changed, and returns whether any pod is stuck."""
        workloads, pods = self._read()
        reasons, missing = _stuck(workloads, pods, self.release)
        self.observation.reasons, self.observation.missing = reasons, missing
        services = _count(workloads, pods, self.release)
        streaming = {
            pod["metadata"]["name"]
            for pod in pods
            if service_of(pod, self.release) == DDP_STREAMER.kebab_name and _is_serving(pod)
        }
        self._people.look(streaming)
        sample = Sample(
            seconds=round(time.monotonic() - self._began, 2),
            services=services,
            served=len(streaming) * (DDP_STREAMER.users_per_instance or 0),
            disconnected=round(self._people.disconnected),
            nodes=_requested(pods),
        )
        samples = self.observation.samples
        if not samples or _content(sample) != _content(samples[-1]):
            samples.append(sample)
            self._changed = time.monotonic()
        return bool(missing)

    def _read(self) -> tuple[list[KubernetesObject], list[KubernetesObject]]:
        apps = f"/apis/apps/v1/namespaces/{self._namespace}"
        selector = f"{INSTANCE_LABEL}={self.release}"
        workloads = [
            obj
            for kind in ("deployments", "statefulsets")
            for obj in self._api.items(f"{apps}/{kind}")
            if match_labels(obj).get(INSTANCE_LABEL) == self.release
        ]
        return workloads, self._api.items(f"/api/v1/namespaces/{self._namespace}/pods", selector)

    def _is_settled(self) -> bool:
        workloads, _ = self._read()
        return all(map(_is_rolled_out, workloads))


def service_of(pod: KubernetesObject, release: str) -> str:
    """Returns the service that a pod belongs to, or the name of its workload."""
    labels = nested_map(pod, "metadata", "labels")
    found = (service.kebab_name for service in SERVICES if service.matches(labels, release))
    return next(found, "") or workload_name(pod).removeprefix(f"{release}-")


def workload_service(workload: KubernetesObject, release: str) -> str:
    """Returns the service that a workload runs, or its own name."""
    labels = match_labels(workload)
    found = (service.kebab_name for service in SERVICES if service.matches(labels, release))
    return next(found, "") or str(workload["metadata"]["name"]).removeprefix(f"{release}-")


def _count(
    workloads: list[KubernetesObject], pods: list[KubernetesObject], release: str
) -> dict[str, Counts]:
    desired: Counter[str] = Counter()
    for workload in workloads:
        desired[workload_service(workload, release)] += workload["spec"].get("replicas", 1)
    ready: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    terminating: Counter[str] = Counter()
    for pod in pods:
        service = service_of(pod, release)
        ready[service] += _is_serving(pod)
        pending[service] += bool(_unschedulable(pod))
        terminating[service] += _is_terminating(pod)
    return {
        name: Counts(desired[name], ready[name], pending[name], terminating[name])
        for name in sorted({*desired, *ready, *terminating})
    }


def _stuck(
    workloads: list[KubernetesObject], pods: list[KubernetesObject], release: str
) -> tuple[dict[str, str], dict[str, int]]:
    """Why pods of a service are stuck, and how many are."""
    reasons: dict[str, str] = {}
    missing: Counter[str] = Counter()
    for pod in pods:
        if reason := _unschedulable(pod):
            service = service_of(pod, release)
            reasons[service] = reason
            missing[service] += 1
    for workload in workloads:
        for condition in nested_list(workload, "status", "conditions"):
            if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
                service = workload_service(workload, release)
                created = nested_map(workload, "status").get("replicas", 0)
                reasons[service] = condition.get("message", "")
                missing[service] += max(1, workload["spec"].get("replicas", 1) - created)
    return reasons, dict(missing)


def _unschedulable(pod: KubernetesObject) -> str:
    # The scheduler doesn't take back what it said about a pod that got a node in another way.
    if _is_terminating(pod) or pod["spec"].get("nodeName"):
        return ""
    for condition in nested_list(pod, "status", "conditions"):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("message", ""))
    return ""


def _is_terminating(pod: KubernetesObject) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _is_serving(pod: KubernetesObject) -> bool:
    conditions = nested_list(pod, "status", "conditions")
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
    return ready and not _is_terminating(pod)


def _is_rolled_out(workload: KubernetesObject) -> bool:
    status, desired = nested_map(workload, "status"), workload["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration") == workload["metadata"]["generation"]
        and status.get("replicas", 0) == desired
        and status.get("readyReplicas", 0) == desired
        and status.get("updatedReplicas", 0) == desired
    )


def _requested(pods: list[KubernetesObject]) -> dict[str, dict[str, float]]:
    nodes: dict[str, dict[str, Decimal]] = {}
    for pod in pods:
        if node := pod["spec"].get("nodeName"):
            amounts = to_amounts(pod_requests(pod["spec"]))
            total = nodes.setdefault(node, dict.fromkeys(RESOURCES, Decimal(0)))
            for name in RESOURCES:
                total[name] += amounts.get(name, Decimal(0))
    return {
        node: {name: float(amount) for name, amount in total.items()}
        for node, total in nodes.items()
    }


def _content(sample: Sample) -> tuple[object, ...]:
    return sample.services, sample.served, sample.disconnected, sample.nodes
