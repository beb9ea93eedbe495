"""Why workloads aren't ready, from what clusters say."""

from typing import Any

import pytest

from components.failures.causes import Cause, claim_cause, pod_cause, workload_cause
from components.failures.report import find_failures, format_failures
from components.failures.snapshot import Snapshot

Object = dict[str, Any]
CANARY = "canary-4f0d"


def pod(name: str = "chat-presence-1-a", **status: Any) -> Object:  # noqa: ANN401 - as the server has it
    owner = {"kind": "ReplicaSet", "name": "chat-presence-1", "controller": True}
    metadata = {"name": name, "namespace": "chat", "ownerReferences": [owner]}
    return {"kind": "Pod", "metadata": metadata, "spec": {}, "status": status}


def container(**fields: Any) -> Object:  # noqa: ANN401 - as the server has it
    return {"name": "presence", "image": "mirror/presence:8.6.1", "ready": False, **fields}


def waiting(reason: str, message: str = "", **fields: Any) -> Object:  # noqa: ANN401 - as the server has it
    state = {"waiting": {"reason": reason, "message": message}}
    return pod(containerStatuses=[container(state=state, **fields)])


def crashed(code: int, reason: str = "Error", **ended: str) -> Object:
    last = {"terminated": {"exitCode": code, "reason": reason, **ended}}
    return waiting("CrashLoopBackOff", lastState=last)


def unschedulable(message: str, **spec: Any) -> Object:  # noqa: ANN401 - as the server has it
    condition = {"type": "PodScheduled", "status": "False", "message": message}
    return {**pod(conditions=[condition]), "spec": spec}


def event(reason: str, message: str, about: Object, time: str = "2026-11-26T03:00:00Z") -> Object:
    target = {"kind": about["kind"], "name": about["metadata"]["name"]}
    return {
        "involvedObject": target,
        "reason": reason,
        "message": message,
        "lastTimestamp": time,
    }


def deployment(*, ready: int = 0, replicas: int = 1, **fields: Any) -> Object:  # noqa: ANN401 - as the server has it
    return {
        "kind": "Deployment",
        "metadata": {"name": "chat-presence", "namespace": "chat"},
        "spec": {"replicas": replicas, **fields},
        "status": {"readyReplicas": ready, "updatedReplicas": ready},
    }


def snapshot(*pods: Object, **objects: Any) -> Snapshot:  # noqa: ANN401 - objects of the cluster
    owner = {"kind": "Deployment", "name": "chat-presence", "controller": True}
    replica_set = {"metadata": {"name": "chat-presence-1", "ownerReferences": [owner]}}
    return Snapshot(pods=pods, replica_sets=[replica_set], **objects)


def cause_of(obj: Object, **objects: Any) -> Cause:  # noqa: ANN401 - objects of the cluster
    cause = pod_cause(obj, snapshot(obj, **objects))
    assert cause is not None
    return cause


@pytest.mark.parametrize(
    ("code", "reason", "words", "remedy"),
    [
        (1, "Error", "exit code 1 (an error of the program's own)", "kubectl -n chat logs"),
        (132, "Error", "AVX, which MongoDB needs from 5.0 on", "nodes whose CPU has AVX"),
        (134, "Error", "as Node.js does when its heap is full", "Raise its memory"),
        (137, "OOMKilled", "exceeded its memory limit", "resources.limits.memory"),
        (137, "Error", "killed from outside", "the pod's events"),
        (139, "Error", "segmentation fault", "the node's CPU"),
        (143, "Error", "SIGTERM", "kubectl -n chat logs"),
        (130, "Error", "ended by signal 2", "kubectl -n chat logs"),
        (0, "Completed", "ended without an error", "Check its command"),
        (77, "Error", "exit code 77", "kubectl -n chat logs"),
    ],
)
def test_a_crash_is_reported_by_what_its_exit_code_means(
    code: int, reason: str, words: str, remedy: str
) -> None:
    cause = cause_of(crashed(code, reason))
    assert cause.reason.startswith(f"presence: CrashLoopBackOff, exit code {code} (")
    assert words in cause.reason
    assert remedy in cause.remedy


def test_a_crash_that_the_log_explains_is_reported_as_that() -> None:
    obj = crashed(1)
    log = f"MongoServerError: Authentication failed at mongodb://u:{CANARY}@db"
    cause = cause_of(obj, logs={(obj["metadata"]["name"], "presence"): log})
    assert "its log says that MongoDB rejects the user or the password" in cause.reason
    assert "mongodbUrl" in cause.remedy
    assert CANARY not in str(cause)
    assert cause_of(crashed(1, message=log)) == cause


def test_a_container_that_runs_between_two_crashes_still_crashes() -> None:
    last = {"terminated": {"exitCode": 1, "reason": "Error"}}
    obj = pod(containerStatuses=[container(state={"running": {}}, lastState=last)])
    assert "exit code 1" in cause_of(obj).reason


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("manifest unknown", "There is no such image: check image.tag"),
        ("pull access denied, may require authorization", "wants credentials"),
        ("toomanyrequests: You have reached your pull rate limit", "limits pulls"),
        ("dial tcp: lookup mirror: no such host", "doesn't reach the registry"),
        ("", "Check image.tag and image.registry"),
    ],
)
def test_an_image_that_cannot_be_pulled_is_named_without_the_registrys_words(
    said: str, remedy: str
) -> None:
    message = f"Failed to pull image: https://u:{CANARY}@mirror: {said}"
    obj = waiting("ImagePullBackOff", "Back-off pulling image")
    cause = cause_of(obj, events=[event("Failed", message, obj)])
    assert cause.reason == (
        "presence: ImagePullBackOff, the image mirror/presence:8.6.1 can't be pulled"
    )
    assert remedy in cause.remedy
    assert CANARY not in str(cause)


@pytest.mark.parametrize(
    "message", ['secret "chat-mongodb" not found', "couldn't find key mongo-uri in Secret chat/db"]
)
def test_a_missing_secret_or_key_is_named(message: str) -> None:
    cause = cause_of(waiting("CreateContainerConfigError", message))
    assert message in cause.reason
    assert cause.remedy.startswith("Create it in namespace chat")


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("0/3 nodes are available: 3 Insufficient memory.", "Add nodes, or ask for less"),
        (
            "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
            "Compare nodeSelector",
        ),
        ("0/1 nodes are available: 1 node(s) had untolerated taint {a: b}.", "tolerations"),
        ("0/1 nodes are available: 1 node(s) were unschedulable.", "Uncordon"),
    ],
)
def test_an_unschedulable_pod_has_the_schedulers_words(message: str, remedy: str) -> None:
    cause = cause_of(unschedulable(f"{message} preemption: 0/3 nodes are available: no victims."))
    assert cause.reason == message
    assert remedy in cause.remedy


def test_a_pod_that_waits_for_a_volume_says_what_is_wrong_with_the_claim() -> None:
    volume = {"persistentVolumeClaim": {"claimName": "uploads"}}
    obj = unschedulable("0/1: pod has unbound immediate PersistentVolumeClaims.", volumes=[volume])
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "uploads"}}
    reason = 'storageclass.storage.k8s.io "fast" not found'
    events = [event("ProvisioningFailed", reason, claim)]
    cause = cause_of(obj, claims=[claim], events=events)
    assert cause.reason == f"PersistentVolumeClaim/uploads isn't bound: {reason}"
    assert "uploads.storageClass" in cause.remedy
    bound = {**claim, "status": {"phase": "Bound"}}
    assert claim_cause(bound, snapshot()) is None
    pending = claim_cause(claim, snapshot())
    assert pending is not None
    assert not pending.certain


def test_a_volume_that_cannot_be_mounted_is_reported() -> None:
    obj = waiting("ContainerCreating")
    message = 'MountVolume.SetUp failed for volume "tls" : secret "chat-tls" not found'
    assert message in cause_of(obj, events=[event("FailedMount", message, obj)]).reason
    assert not cause_of(obj).certain


def test_a_failing_probe_is_reported_without_what_the_program_answered() -> None:
    obj = pod(containerStatuses=[container(state={"running": {}})])
    message = f"Readiness probe failed: HTTP probe failed with statuscode: 503 {CANARY}"
    cause = cause_of(obj, events=[event("Unhealthy", message, obj)])
    assert cause.reason == "presence: not ready, its readiness probe fails with HTTP 503"
    assert CANARY not in str(cause)
    assert cause_of(obj).reason == "presence: not ready"


def test_an_evicted_pod_and_one_that_ends_say_so() -> None:
    evicted = pod(phase="Failed", reason="Evicted", message="The node was low on memory.")
    assert cause_of(evicted).reason == "Evicted: The node was low on memory."
    ending = pod(conditions=[{"type": "Ready", "status": "True"}])
    assert pod_cause(ending, snapshot()) is None
    ending["metadata"]["deletionTimestamp"] = "now"
    assert cause_of(ending).reason == "is terminating"


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ('pods "a" is forbidden: exceeded quota: small, limited: pods=8', "ResourceQuota"),
        ('pods "a" is forbidden: violates PodSecurity "restricted:latest"', "podSecurity"),
        (
            'failed calling webhook "x": Post "https://x.svc/check?token=' + CANARY + '"',
            "admission webhook",
        ),
    ],
)
def test_pods_that_the_cluster_refuses_have_its_words(message: str, remedy: str) -> None:
    condition = {"type": "ReplicaFailure", "status": "True", "message": message}
    workload = deployment()
    workload["status"]["conditions"] = [condition]
    cause = workload_cause(workload, snapshot())
    assert cause is not None
    assert cause.reason[:50] == message[:50]
    assert remedy in cause.remedy
    assert CANARY not in str(cause)
    nats: Object = {
        "kind": "StatefulSet",
        "metadata": {"name": "chat-nats"},
        "spec": {"replicas": 2},
    }
    cause = workload_cause(nats, snapshot(events=[event("FailedCreate", message, nats)]))
    assert cause is not None
    assert remedy in cause.remedy


def test_a_refusal_goes_before_pods_that_only_start_or_end() -> None:
    ending = pod()
    ending["metadata"]["deletionTimestamp"] = "now"
    workload = deployment()
    refusal = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small"}
    workload["status"]["conditions"] = [refusal]
    cause = workload_cause(workload, snapshot(ending))
    assert cause is not None
    assert cause.reason == "exceeded quota: small"


def test_a_paused_rollout_is_reported() -> None:
    cause = workload_cause(deployment(paused=True), snapshot())
    assert cause is not None
    assert cause.remedy == "Resume it: kubectl rollout resume deployment chat-presence."


def test_others_are_failures_only_if_their_cause_lasts() -> None:
    starting = snapshot(waiting("ContainerCreating"), workloads=[deployment()])
    assert find_failures(starting) == []
    (failure,) = find_failures(starting, {("Deployment", "chat-presence")})
    assert failure.state == "0 of 1 ready"
    crashing = snapshot(crashed(1), workloads=[deployment()])
    assert [item.object for item in find_failures(crashing)] == ["Deployment/chat-presence"]
    # A pod of an old revision may crash meanwhile.
    assert find_failures(snapshot(crashed(1), workloads=[deployment(ready=1)])) == []


def test_the_same_reason_is_reported_once_and_nats_comes_first() -> None:
    nats = {**deployment(), "kind": "StatefulSet", "metadata": {"name": "chat-nats"}}
    message = "0/3 nodes are available: 3 Insufficient memory."
    obj = unschedulable(message)
    other = unschedulable(message)
    owner = {"kind": "StatefulSet", "name": "chat-nats", "controller": True}
    other["metadata"] = {"name": "chat-nats-0", "namespace": "chat", "ownerReferences": [owner]}
    found = find_failures(snapshot(obj, other, workloads=[deployment(), nats]))
    assert format_failures(found).splitlines() == [
        "StatefulSet/chat-nats (0 of 1 ready), Deployment/chat-presence (0 of 1 ready):",
        f"  {message}",
        "  Add nodes, or ask for less: fewer replicas, or smaller services.<service>.resources.",
    ]


def test_nothing_on_the_cluster_that_says_why_is_said_too() -> None:
    found = find_failures(snapshot(workloads=[deployment()]), {("Deployment", "chat-presence")})
    assert "nothing on the cluster says why" in format_failures(found)
