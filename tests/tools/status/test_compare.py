"""What was asked for, against what is seen."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.errors import ToolError
from tools.status.compare import cordoned, differences, services, tag
from tools.status.desired import Asked, from_cluster, from_state
from tools.status.observed import Seen
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


def node(name: str, *, closed: bool = False) -> dict[str, Any]:
    zone = {"topology.kubernetes.io/zone": name.replace("node", "zone")[:6]}
    return {"metadata": {"name": name, "labels": zone}, "spec": {"unschedulable": closed}}


def seen(
    workload: dict[str, Any] | None, *pods: dict[str, Any], nodes: tuple[Any, ...] = ()
) -> Seen:
    owner = {"kind": "Deployment", "name": "chat-presence", "controller": True}
    sets = [{"metadata": {"name": "chat-presence-1", "ownerReferences": [owner]}}]
    return Seen([workload] if workload else [], sets, pods, nodes or (node("node-a"),))


def state(*more: dict[str, Any], **outputs: object) -> dict[str, Any]:
    urn = "urn:pulumi:prod::rocketchat::rocketchat:index:RocketChat$kubernetes::one"
    stack = {"type": "pulumi:pulumi:Stack", "urn": "urn:stack", "outputs": outputs}
    held = [{"type": "kubernetes", "urn": urn, "inputs": one} for one in (deployment(), *more)]
    return {"deployment": {"resources": [stack, *held]}}


def asked(*more: dict[str, Any]) -> Asked:
    return from_state(state(*more), "prod")


def status(wanted: Asked, found: Seen) -> ServiceStatus:
    (one,) = services(wanted, found, NOW)
    return one


def drift(wanted: Asked, found: Seen) -> list[str]:
    return [f"{one.what} {one.words}" for one in differences(wanted, found)]


def test_what_runs_as_asked_for_has_no_trouble() -> None:
    found = seen(live(), pod("a"), pod("b"))
    one = status(asked(), found)
    assert (one.service, one.asked, one.most, one.running, one.ready) == ("presence", 2, 2, 2, 2)
    assert (one.restarts, one.version, one.trouble) == (2, "8.6.1", "")
    assert (one.instances[0].zone, one.instances[0].age_seconds) == ("zone-a", 3600)
    assert drift(asked(), found) == []


def test_what_is_missing_is_named_and_is_no_drift() -> None:
    assert status(asked(), seen(None)).trouble == "Deployment/chat-presence is missing"
    assert drift(asked(), seen(None)) == []


def test_scaled_by_hand_is_drift() -> None:
    for replicas in (0, 1, 5):
        assert drift(asked(), seen(live(replicas))) == [
            f"Deployment/chat-presence scaled to {replicas}; asked for 2",
        ]


def test_an_autoscaler_may_scale_between_its_bounds() -> None:
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "chat-presence", "namespace": "chat"},
        "spec": {"scaleTargetRef": {"name": "chat-presence"}, "minReplicas": 2, "maxReplicas": 4},
    }
    wanted = asked(scaler)
    assert drift(wanted, seen(live(4))) == []
    assert drift(wanted, seen(live(5))) == [
        "Deployment/chat-presence scaled to 5; asked for 2 to 4",
    ]
    assert status(wanted, seen(live(4, ready=4, updated=4, total=4))).trouble == ""
    assert status(wanted, seen(live(4, ready=3, updated=4, total=4))).trouble == "3 of 4 ready"


def test_another_image_and_other_containers_are_drift() -> None:
    now = deepcopy(live())
    containers = now["spec"]["template"]["spec"]["containers"]
    containers[0]["image"] = "other:1"
    containers.append({"name": "more", "image": "more:1"})
    assert drift(asked(), seen(now)) == [
        f"Deployment/chat-presence container presence-service runs other:1; asked for {IMAGE}",
        "Deployment/chat-presence container more (more:1) was added",
    ]
    del containers[0]
    assert "Deployment/chat-presence container presence-service is gone" in drift(
        asked(), seen(now)
    )


def test_pods_of_others_that_pass_for_ours_are_drift_while_they_run() -> None:
    assert drift(asked(), seen(live(), pod("mine", None))) == [
        "Pod/mine passes for presence and isn't the stack's: it runs on its own",
    ]
    assert drift(asked(), seen(live(), pod("mine", "theirs"))) == [
        "Pod/mine passes for presence and isn't the stack's: ReplicaSet/theirs runs it",
    ]
    assert drift(asked(), seen(live(), pod("mine", None, phase="Failed"))) == []


def test_pods_that_are_not_ready_say_why() -> None:
    one = status(asked(), seen(live(ready=1), pod("a"), crashing("b")))
    assert one.trouble == "1 of 2 ready; presence-service: CrashLoopBackOff"
    assert [each.ready for each in one.instances] == [True, False]


def test_a_rollout_that_is_stuck_says_why_though_the_old_pods_are_ready() -> None:
    one = status(asked(), seen(live(updated=1, total=3), pod("a"), pod("b"), crashing("c")))
    assert "1 of 2 updated" in one.trouble
    assert one.trouble.endswith("; presence-service: CrashLoopBackOff")


def test_a_change_that_no_controller_has_seen_yet_does_not_run() -> None:
    now = live()
    now["metadata"]["generation"] = 2
    assert "a rollout is under way" in status(asked(), seen(now)).trouble


def test_a_zone_is_closed_when_its_last_node_is() -> None:
    nodes = (node("node-a1", closed=True), node("node-a2"), node("node-b", closed=True))
    found = seen(live(), pod("a"), nodes=nodes)
    notes = cordoned(services(asked(), found, NOW), found)
    assert [note.split(":")[0] for note in notes] == [
        "Node node-a1 in zone-a is cordoned",
        "Node node-b in zone-b is cordoned",
        "Zone zone-b takes no new pods.",
    ]


def test_the_state_tells_addresses_and_an_interrupted_update() -> None:
    held = state(
        url="https://chat.example.com",
        endpoints={"ddpStreamer": {"publicUrl": "wss://chat.example.com/websocket"}},
    )
    held["deployment"]["pending_operations"] = [{}]
    held["deployment"]["resources"].append(
        {**held["deployment"]["resources"][-1], "delete": True},
    )
    wanted = from_state(held, "prod")
    assert (wanted.release, wanted.namespace, len(wanted.workloads)) == ("chat", "chat", 1)
    assert wanted.addresses == ["https://chat.example.com", "wss://chat.example.com/websocket"]
    assert wanted.notes == ["The last `pulumi up` was interrupted; run it again."]


@pytest.mark.parametrize("held", [{}, {"deployment": None}, {"deployment": {"resources": []}}])
def test_a_stack_with_nothing_deployed_is_told(held: dict[str, Any]) -> None:
    with pytest.raises(ToolError, match="Stack prod has nothing deployed"):
        from_state(held, "prod")


def test_nobodys_intent_is_no_drift() -> None:
    wanted = from_cluster([live(5)], title="context here", namespace="chat", release="chat")
    assert drift(wanted, seen(live(5))) == []
    assert status(wanted, seen(live(5, ready=4, updated=5, total=5))).trouble == "4 of 5 ready"
    with pytest.raises(ToolError, match="No workspace other runs in namespace chat"):
        from_cluster([live()], title="context here", namespace="chat", release="other")


def test_the_version_is_the_images_tag_or_its_digest() -> None:
    assert tag("registry:5000/a/b:8.6.1@sha256:0123456789abcdef") == "8.6.1"
    assert tag("registry:5000/a/b@sha256:0123456789abcdef") == "0123456789ab"
    assert tag("registry:5000/a/b") == ""


def test_pods_that_the_cluster_refuses_to_make_are_told_with_its_reason() -> None:
    now = live(ready=1, updated=1, total=1)
    why = 'pods "chat-presence-1-x" is forbidden: exceeded quota: small, limited: pods=8'
    failure = {"type": "ReplicaFailure", "status": "True", "message": why}
    now["status"]["conditions"] = [{"type": "Progressing", "status": "True"}, failure]
    assert status(asked(), seen(now, pod("a"))).trouble == f"1 of 2 ready; {why}"
    failure["status"] = "False"
    assert status(asked(), seen(now, pod("a"))).trouble == "1 of 2 ready"
