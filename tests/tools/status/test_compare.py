"""The desired state, compared with the observed one."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.errors import ToolError
from tools.status.compare import (
    cordoned_nodes,
    find_differences,
    image_version,
    scaled_to_nothing,
    service_statuses,
)
from tools.status.desired import Desired, from_cluster, from_state
from tools.status.observed import Observed
from tools.status.report import ServiceStatus

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
LABELS = {"app.kubernetes.io/name": "chat-presence", "app.kubernetes.io/instance": "chat"}
IMAGE = "registry.example.com:5000/presence-service:8.6.1"


def deployment(replicas: int = 2) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "chat-presence", "namespace": "chat", "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "template": {"spec": {"containers": [{"name": "presence-service", "image": IMAGE}]}},
        },
    }


def live(replicas: int = 2, ready: int = 2, updated: int = 2, total: int = 2) -> dict[str, Any]:
    status = {
        "observedGeneration": 1,
        "replicas": total,
        "readyReplicas": ready,
        "updatedReplicas": updated,
    }
    return {**deployment(replicas), "status": status}


def pod(name: str, owner: str | None = "chat-presence-1", **status: Any) -> dict[str, Any]:  # noqa: ANN401 - as the server has it
    controller = {"kind": "ReplicaSet", "name": owner, "controller": True}
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "chat",
            "creationTimestamp": "2026-11-24T15:00:00Z",
            "labels": LABELS,
            **({"ownerReferences": [controller]} if owner else {}),
        },
        "spec": {
            "nodeName": "node-a",
            "containers": [{"name": "presence-service", "image": IMAGE}],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.1.0.5",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "presence-service", "ready": True, "restartCount": 1}],
            **status,
        },
    }


def crashing(name: str) -> dict[str, Any]:
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    return pod(
        name,
        conditions=[{"type": "Ready", "status": "False"}],
        containerStatuses=[
            {"name": "presence-service", "ready": False, "restartCount": 5, "state": waiting}
        ],
    )


def node(name: str, *, cordoned: bool = False) -> dict[str, Any]:
    zone = {"topology.kubernetes.io/zone": name.replace("node", "zone")[:6]}
    return {"metadata": {"name": name, "labels": zone}, "spec": {"unschedulable": cordoned}}


def observed(
    workload: dict[str, Any] | None, *pods: dict[str, Any], nodes: tuple[Any, ...] = ()
) -> Observed:
    owner = {"kind": "Deployment", "name": "chat-presence", "controller": True}
    replica_sets = [{"metadata": {"name": "chat-presence-1", "ownerReferences": [owner]}}]
    return Observed(
        [workload] if workload else [], replica_sets, pods, nodes=nodes or (node("node-a"),)
    )


def state(*more: dict[str, Any], **outputs: object) -> dict[str, Any]:
    urn = "urn:pulumi:prod::rocketchat::rocketchat:index:RocketChat$kubernetes::one"
    stack = {"type": "pulumi:pulumi:Stack", "urn": "urn:stack", "outputs": outputs}
    objects = [{"type": "kubernetes", "urn": urn, "inputs": obj} for obj in (deployment(), *more)]
    return {"deployment": {"resources": [stack, *objects]}}


def desired(*more: dict[str, Any]) -> Desired:
    return from_state(state(*more), "prod")


def status(desired: Desired, observed: Observed) -> ServiceStatus:
    (service,) = service_statuses(desired, observed, NOW)
    return service


def differences(desired: Desired, observed: Observed) -> list[str]:
    return [f"{item.object} {item.message}" for item in find_differences(desired, observed)]


def test_a_workload_as_desired_has_no_problem() -> None:
    cluster = observed(live(), pod("a"), pod("b"))
    service = status(desired(), cluster)
    assert (service.service, service.restarts, service.version) == ("presence", 2, "8.6.1")
    assert (service.desired, service.desired_max, service.replicas, service.ready) == (2, 2, 2, 2)
    assert service.problem == ""
    assert (service.instances[0].zone, service.instances[0].age_seconds) == ("zone-a", 3600)
    assert differences(desired(), cluster) == []


def test_a_missing_workload_is_a_problem_and_no_difference() -> None:
    assert status(desired(), observed(None)).problem == "Deployment/chat-presence is missing"
    assert differences(desired(), observed(None)) == []


def test_another_number_of_replicas_is_a_difference() -> None:
    for replicas in (0, 1, 5):
        assert differences(desired(), observed(live(replicas))) == [
            f"Deployment/chat-presence scaled to {replicas} by hand; the stack says 2",
        ]


def test_an_autoscaler_can_scale_between_its_bounds() -> None:
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "chat-presence", "namespace": "chat"},
        "spec": {"scaleTargetRef": {"name": "chat-presence"}, "minReplicas": 2, "maxReplicas": 4},
    }
    autoscaled = desired(scaler)
    assert differences(autoscaled, observed(live(4))) == []
    assert differences(autoscaled, observed(live(5))) == [
        "Deployment/chat-presence scaled to 5, desired 2 to 4",
    ]
    ready = observed(live(4, ready=4, updated=4, total=4))
    assert status(autoscaled, ready).problem == ""
    unready = observed(live(4, ready=3, updated=4, total=4))
    assert status(autoscaled, unready).problem == "3 of 4 ready"


def test_an_autoscaler_of_somebody_else_can_scale_between_its_bounds() -> None:
    theirs = {
        "metadata": {"name": "theirs"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "chat-presence"},
            "minReplicas": 3,
            "maxReplicas": 4,
        },
    }
    for replicas, expected in (
        (4, []),
        (5, ["Deployment/chat-presence scaled to 5, desired 3 to 4"]),
    ):
        cluster = replace(observed(live(replicas)), autoscalers=[theirs])
        assert differences(desired(), cluster) == expected
    assert (status(desired(), cluster).desired, status(desired(), cluster).desired_max) == (3, 4)


def test_who_has_scaled_by_hand_is_reported() -> None:
    actual = deepcopy(live(5))
    fields: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
    actual["metadata"]["managedFields"] = [{"manager": "kubectl", "fieldsV1": fields}]
    assert differences(desired(), observed(actual)) == [
        "Deployment/chat-presence scaled to 5 (by hand, by kubectl); the stack says 2",
    ]


def test_another_image_and_other_containers_are_differences() -> None:
    actual = deepcopy(live())
    containers = actual["spec"]["template"]["spec"]["containers"]
    containers[0]["image"] = "other:1"
    containers.append({"name": "more", "image": "more:1"})
    assert differences(desired(), observed(actual)) == [
        (
            "Deployment/chat-presence container presence-service runs other:1 by hand; the stack"
            f" says {IMAGE}"
        ),
        "Deployment/chat-presence container more (more:1) was added",
    ]
    del containers[0]
    message = "Deployment/chat-presence container presence-service is missing"
    assert message in differences(desired(), observed(actual))


def test_a_workspace_that_the_stack_paused_runs_as_desired_without_pods() -> None:
    exported = state()
    exported["deployment"]["resources"][1]["inputs"] = deployment(0)
    paused = from_state(exported, "prod")
    assert paused.paused
    stopped = observed(live(0, ready=0, updated=0, total=0))
    assert status(paused, stopped).problem == ""
    assert differences(paused, stopped) == []
    assert scaled_to_nothing(paused, stopped) == []
    assert differences(paused, observed(live(1))) == [
        "Deployment/chat-presence scaled to 1 by hand; the stack says 0",
    ]


def test_a_workspace_that_others_scaled_to_nothing_says_how_it_comes_back() -> None:
    stopped = observed(live(0, ready=0, updated=0, total=0))
    assert status(desired(), stopped).problem == "0 of 2 ready"
    (note,) = scaled_to_nothing(desired(), stopped)
    assert "though the config doesn't say pause: true" in note
    assert "`pulumi up --refresh` brings back" in note
    assert scaled_to_nothing(desired(), observed(live(1))) == []


def test_foreign_pods_with_a_services_labels_are_differences_while_they_run() -> None:
    message = "Pod/mine has the labels of presence but isn't part of the workspace"
    assert differences(desired(), observed(live(), pod("mine", None))) == [
        f"{message}: nothing controls it",
    ]
    assert differences(desired(), observed(live(), pod("mine", "theirs"))) == [
        f"{message}: ReplicaSet/theirs controls it",
    ]
    assert differences(desired(), observed(live(), pod("mine", None, phase="Failed"))) == []


def test_an_unready_pod_says_why() -> None:
    service = status(desired(), observed(live(ready=1), pod("a"), crashing("b")))
    assert service.problem == (
        "1 of 2 ready; presence-service: CrashLoopBackOff. Read its log: kubectl -n chat logs b -c"
        " presence-service --previous"
    )
    assert [pod.ready for pod in service.instances] == [True, False]


def test_a_stuck_rollout_says_why_although_the_old_pods_are_ready() -> None:
    service = status(
        desired(), observed(live(updated=1, total=3), pod("a"), pod("b"), crashing("c"))
    )
    assert "1 of 2 updated" in service.problem
    assert "; presence-service: CrashLoopBackOff. Read its log:" in service.problem


def test_a_change_that_no_controller_has_observed_is_a_rollout_in_progress() -> None:
    actual = live()
    actual["metadata"]["generation"] = 2
    assert "a rollout is in progress" in status(desired(), observed(actual)).problem


def test_a_zone_is_closed_if_all_its_nodes_are_cordoned() -> None:
    nodes = (node("node-a1", cordoned=True), node("node-a2"), node("node-b", cordoned=True))
    cluster = observed(live(), pod("a"), nodes=nodes)
    notes = cordoned_nodes(service_statuses(desired(), cluster, NOW), cluster)
    assert [note.split(":")[0] for note in notes] == [
        "Node node-a1 in zone-a is cordoned",
        "Node node-b in zone-b is cordoned",
        "Zone zone-b accepts no new pods.",
    ]


def test_the_state_has_the_addresses_and_an_interrupted_update() -> None:
    exported = state(
        url="https://chat.example.com",
        endpoints={"ddpStreamer": {"publicUrl": "wss://chat.example.com/websocket"}},
    )
    deployment = exported["deployment"]
    deployment["pending_operations"] = [{}]
    deployment["resources"].append({**deployment["resources"][-1], "delete": True})
    workspace = from_state(exported, "prod")
    assert (workspace.release, workspace.namespace, len(workspace.workloads)) == ("chat", "chat", 1)
    assert workspace.addresses == ["https://chat.example.com", "wss://chat.example.com/websocket"]
    assert workspace.notes == ["The last `pulumi up` was interrupted; run it again."]


@pytest.mark.parametrize("exported", [{}, {"deployment": None}, {"deployment": {"resources": []}}])
def test_a_stack_with_nothing_deployed_is_an_error(exported: dict[str, Any]) -> None:
    with pytest.raises(ToolError, match="Stack prod has nothing deployed"):
        from_state(exported, "prod")


def test_without_a_stack_there_are_no_differences() -> None:
    release = from_cluster([live(5)], title="context here", namespace="chat", release="chat")
    assert differences(release, observed(live(5))) == []
    unready = observed(live(5, ready=4, updated=5, total=5))
    assert status(release, unready).problem == "4 of 5 ready"
    with pytest.raises(ToolError, match="No workspace other runs in namespace chat"):
        from_cluster([live()], title="context here", namespace="chat", release="other")


def test_an_images_version_is_its_tag_or_its_digest() -> None:
    assert image_version("registry:5000/a/b:8.6.1@sha256:0123456789abcdef") == "8.6.1"
    assert image_version("registry:5000/a/b@sha256:0123456789abcdef") == "0123456789ab"
    assert image_version("registry:5000/a/b") == ""


def test_pods_that_the_cluster_refuses_to_create_are_a_problem_with_its_reason() -> None:
    actual = live(ready=1, updated=1, total=1)
    reason = 'pods "chat-presence-1-x" is forbidden: exceeded quota: small, limited: pods=8'
    failure = {"type": "ReplicaFailure", "status": "True", "message": reason}
    actual["status"]["conditions"] = [{"type": "Progressing", "status": "True"}, failure]
    problem = status(desired(), observed(actual, pod("a"))).problem
    assert problem.startswith(f"1 of 2 ready; {reason}. Raise the namespace's ResourceQuota")
    failure["status"] = "False"
    assert status(desired(), observed(actual, pod("a"))).problem == "1 of 2 ready"
