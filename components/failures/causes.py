"""Why a pod, a claim or a workload isn't ready, and what to do about it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.failures.crash_logs import explain_log
from components.failures.exit_codes import explain_exit_code
from components.failures.remedies import (
    CLAIMS,
    CREATION,
    IMAGE_REMEDY,
    IMAGES,
    SCHEDULING,
    VOLUMES,
    remedy_for,
)
from components.failures.snapshot import Snapshot
from components.kube.objects import KubernetesObject, nested_list, nested_map

MAX_LENGTH = 400
"""Of what is quoted from the cluster; the scheduler's and PodSecurity's words take up to 350."""
IMAGE_REASONS = (
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
)
STARTING_REASONS = ("ContainerCreating", "PodInitializing")
"""Why a container of every pod waits at first."""
CRASH = "CrashLoopBackOff"
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@\"']*@|\?[^\s\"']*")
"""What can be secret in a URL: user and password, and the query."""


@dataclass(frozen=True)
class Cause:
    """Why something isn't ready."""

    reason: str
    remedy: str = ""
    certain: bool = True
    """Whether it lasts, unlike that a pod is only starting."""

    def __str__(self) -> str:
        """The reason and the remedy, as two sentences without the last full stop."""
        text = f"{self.reason.removesuffix('.')}. {self.remedy}" if self.remedy else self.reason
        return text.removesuffix(".")


def quote(message: str) -> str:
    """Returns a message of the cluster on one line, without what can be secret in a URL."""
    text = _CREDENTIALS.sub("…", " ".join(message.split()))
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def workload_cause(workload: KubernetesObject, snapshot: Snapshot) -> Cause | None:
    """Returns why a workload lacks ready pods; None if nothing says why.

    A pod's own problem goes before the cluster's refusal to create more, and what lasts before
    what may pass.
    """
    pods = snapshot.pods_of(workload)
    causes = [cause for pod in pods if (cause := pod_cause(pod, snapshot))]
    causes += refused_pods(workload, snapshot)
    if nested_map(workload, "spec").get("paused"):
        causes.append(
            Cause(
                "its rollout is paused",
                f"Resume it: kubectl rollout resume {workload['kind'].lower()}"
                f" {workload['metadata']['name']}.",
            )
        )
    return next((cause for cause in causes if cause.certain), causes[0] if causes else None)


def refused_pods(workload: KubernetesObject, snapshot: Snapshot) -> Iterator[Cause]:
    """Why the cluster doesn't create a workload's pods: a quota, PodSecurity, a webhook."""
    for condition in nested_list(workload, "status", "conditions"):
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            message = str(condition.get("message", ""))
            yield Cause(quote(message), remedy_for(CREATION, message))
            return
    # A StatefulSet has no such condition.
    if workload["kind"] == "StatefulSet" and _lacks_pods(workload):
        for event in snapshot.events_of(workload):
            if event.get("reason") == "FailedCreate":
                # As in: create Pod chat-nats-0 in StatefulSet chat-nats failed error: pods …
                message = str(event.get("message", "")).rpartition(" failed error: ")[2]
                yield Cause(quote(message), remedy_for(CREATION, message))
                return


def claim_cause(claim: KubernetesObject, snapshot: Snapshot) -> Cause | None:
    """Returns why a PersistentVolumeClaim isn't bound; None if it is."""
    if nested_map(claim, "status").get("phase") == "Bound":
        return None
    name = claim["metadata"]["name"]
    for event in snapshot.events_of(claim):
        if event.get("reason") in ("ProvisioningFailed", "FailedBinding"):
            message = str(event.get("message", ""))
            return Cause(
                f"PersistentVolumeClaim/{name} isn't bound: {quote(message)}",
                remedy_for(CLAIMS, message),
            )
    return Cause(f"PersistentVolumeClaim/{name} isn't bound", certain=False)


def pod_cause(pod: KubernetesObject, snapshot: Snapshot) -> Cause | None:
    """Returns why a pod isn't ready; None if it is."""
    status = nested_map(pod, "status")
    conditions = {item.get("type"): item for item in nested_list(status, "conditions")}
    if "deletionTimestamp" in pod["metadata"]:
        return Cause("is terminating", certain=False)
    if nested_map(conditions, "Ready").get("status") == "True":
        return None
    if nested_map(conditions, "PodScheduled").get("status") == "False":
        return _unschedulable(pod, conditions["PodScheduled"], snapshot)
    if status.get("phase") == "Failed":
        reason = str(status.get("reason") or "failed")
        return Cause(f"{reason}: {quote(str(status.get('message', '')))}".removesuffix(": "))
    statuses = nested_list(status, "containerStatuses")
    for container in [*nested_list(status, "initContainerStatuses"), *statuses]:
        cause = _container_cause(pod, container, snapshot)
        if cause is not None:
            return cause
    return _not_ready(pod, statuses, conditions, snapshot)


def _unschedulable(
    pod: KubernetesObject, condition: Mapping[str, Any], snapshot: Snapshot
) -> Cause:
    message = str(condition.get("message") or condition.get("reason") or "isn't scheduled")
    used = {
        nested_map(volume, "persistentVolumeClaim").get("claimName")
        for volume in nested_list(pod, "spec", "volumes")
    }
    for claim in snapshot.claims:
        if claim["metadata"]["name"] in used and "PersistentVolumeClaim" in message:
            cause = claim_cause(claim, snapshot)
            if cause is not None and cause.certain:
                return cause
    # What would follow from evicting other pods only repeats it.
    words = re.split(r" (?:no new claims to deallocate|preemption:)", message)[0]
    return Cause(quote(words), remedy_for(SCHEDULING, words))


def _container_cause(
    pod: KubernetesObject, container: Mapping[str, Any], snapshot: Snapshot
) -> Cause | None:
    """Why a container doesn't run; None if it runs, or only starts."""
    name = str(container.get("name"))
    waiting = nested_map(container, "state", "waiting")
    reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
    if reason in IMAGE_REASONS:
        said = " ".join([message, *_messages(pod, ("Failed",), snapshot)])
        return Cause(
            f"{name}: {reason}, the image {container.get('image')} can't be pulled",
            remedy_for(IMAGES, said) or IMAGE_REMEDY,
        )
    # Between two crashes a container runs, or has just ended.
    ended = next(
        (
            terminated
            for state in ("state", "lastState")
            if (terminated := nested_map(container, state, "terminated"))
        ),
        {},
    )
    if not container.get("ready") and (reason == CRASH or ended.get("exitCode")):
        return _crash(pod, name, ended, snapshot)
    if reason in STARTING_REASONS:
        return _volume_cause(pod, name, snapshot)
    if reason:
        remedy = ""
        if "secret" in message.lower() or "configmap" in message.lower():
            namespace = pod["metadata"].get("namespace", "")
            remedy = f"Create it in namespace {namespace}, or correct the input that names it."
        return Cause(f"{name}: {reason}{message and f', {quote(message)}'}", remedy)
    return None


def _crash(pod: KubernetesObject, name: str, ended: Mapping[str, Any], snapshot: Snapshot) -> Cause:
    metadata = pod["metadata"]
    read_log = f"Read its log: {_kubectl_logs(pod, name)} --previous."
    if "exitCode" not in ended:
        return Cause(f"{name}: {CRASH}", read_log)
    code = int(ended["exitCode"])
    explained = explain_exit_code(code, str(ended.get("reason") or ""))
    reason = f"{name}: {CRASH}, exit code {code} ({explained.meaning})"
    log = snapshot.logs.get((str(metadata["name"]), name), "")
    # A container that asks for it has the end of its log here.
    explanation = explain_log(f"{log}\n{ended.get('message') or ''}")
    if explanation is not None:
        return Cause(f"{reason}; its log says that {explanation.meaning}", explanation.remedy)
    return Cause(reason, explained.remedy or read_log)


def _volume_cause(pod: KubernetesObject, name: str, snapshot: Snapshot) -> Cause | None:
    """Why a container that is being created doesn't start; None if nothing has failed."""
    failed = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox")
    for message in _messages(pod, failed, snapshot):
        return Cause(f"{name}: {quote(message)}", remedy_for(VOLUMES, message))
    return None


def _not_ready(
    pod: KubernetesObject,
    statuses: Sequence[Mapping[str, Any]],
    conditions: Mapping[Any, Mapping[str, Any]],
    snapshot: Snapshot,
) -> Cause:
    """Why a pod whose containers run isn't ready, or is still starting."""
    names = [str(container["name"]) for container in statuses if not container.get("ready")]
    if not names:
        status = nested_map(pod, "status")
        message = status.get("reason") or nested_map(conditions, "Ready").get("message")
        return Cause(quote(str(message or "not ready")), certain=False)
    reason = f"{', '.join(names)}: not ready"
    for message in _messages(pod, ("Unhealthy",), snapshot):
        # The rest of it may be what the program answered.
        probe, _, said = message.partition(" probe failed")
        code = re.search(r"statuscode: (\d{3})", said)
        detail = f" with HTTP {code[1]}" if code else ""
        return Cause(
            f"{reason}, its {probe.lower()} probe fails{detail}",
            "A service is ready once it reaches NATS and MongoDB. Its log says more:"
            f" {_kubectl_logs(pod, names[0])}.",
        )
    return Cause(reason, certain=False)


def _messages(pod: KubernetesObject, reasons: Sequence[str], snapshot: Snapshot) -> Iterator[str]:
    """The messages of a pod's events with certain reasons, the newest first."""
    for event in snapshot.events_of(pod):
        if event.get("reason") in reasons:
            yield str(event.get("message", ""))


def _kubectl_logs(pod: KubernetesObject, container: str) -> str:
    metadata = pod["metadata"]
    return f"kubectl -n {metadata['namespace']} logs {metadata['name']} -c {container}"


def _lacks_pods(workload: KubernetesObject) -> bool:
    wanted = int(nested_map(workload, "spec").get("replicas", 1))
    return int(nested_map(workload, "status").get("replicas", 0)) < wanted
