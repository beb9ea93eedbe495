"""Status reports: one that is healthy, and one with problems of every kind."""

from typing import Any

from tools.status.report import (
    Address,
    Difference,
    Instance,
    NatsServer,
    Report,
    ServiceStatus,
    WorkspaceInstance,
)

HOSTILE = '<script>alert("x")</script>&amp;'


def instance(pod: str, *, ready: bool = True, **changes: Any) -> Instance:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "node": "node-a",
        "zone": "zone-a",
        "address": "10.1.0.5",
        "age_seconds": 7300,
        "restarts": 0,
        "version": "8.6.1",
        "problem": "" if ready else "0/3 nodes are available: 3 node(s) didn't match",
    }
    return Instance(pod=pod, ready=ready, **{**fields, **changes})


def service(name: str, *instances: Instance, desired: int, **changes: Any) -> ServiceStatus:  # noqa: ANN401 - any field
    ready = sum(instance.ready for instance in instances)
    fields: dict[str, Any] = {
        "workload": f"Deployment/chat-{name}",
        "desired": desired,
        "desired_max": desired,
        "replicas": desired,
        "ready": ready,
        "updated": ready,
        "restarts": 0,
        "version": "8.6.1",
    }
    return ServiceStatus(service=name, instances=instances, **{**fields, **changes})


def healthy_report(**changes: Any) -> Report:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "title": "stack prod",
        "cluster": "https://cluster.example.com:6443",
        "namespace": "chat",
        "url": "https://chat.example.com",
        "version": "8.6.1",
        "observed_at": "2026-11-24T16:00:00+00:00",
        "services": [service("presence", instance("chat-presence-a"), desired=1)],
        "nats": [],
        "addresses": [],
        "workspace": None,
        "differences": [],
        "notes": [],
    }
    return Report(**{**fields, **changes})


def unhealthy_report() -> Report:
    return healthy_report(
        services=[
            service(
                "rocketchat",
                instance("chat-rocketchat-66c4c9cfb7-cflfs", workspace="connected"),
                instance(f"chat-{HOSTILE}", node=HOSTILE, workspace="unknown"),
                desired=2,
            ),
            service(
                "ddp-streamer",
                instance("chat-ddp-streamer-7b9bfcf57c-vrq7t", ready=False, node="", zone=""),
                desired=3,
                problem="0 of 3 ready; 0/3 nodes are available: 3 node(s) didn't match",
            ),
            service("presence", instance("chat-presence-a"), desired=1, desired_max=9),
        ],
        nats=[
            NatsServer(
                "chat-nats-0", ["chat-nats-1"], "has routes to 1 of 2 others", reachable=True
            ),
            NatsServer("chat-nats-1", [], "its monitor can't be reached: refused", reachable=False),
        ],
        addresses=[
            Address(
                "https://chat.example.com", answers=True, message="answers as Rocket.Chat 8.6.1"
            ),
            Address(
                "wss://chat.example.com/websocket",
                answers=False,
                message="answers 502, which isn't a WebSocket",
            ),
        ],
        workspace=[
            WorkspaceInstance(
                "rocket.chat",
                "10.1.0.5",
                connected=True,
                pod="chat-rocketchat-66c4c9cfb7-cflfs",
            ),
            WorkspaceInstance("ddp-streamer", "", connected=False, pod=""),
        ],
        differences=[Difference("Deployment/chat-presence", "scaled to 5, desired 2")],
        notes=["Zone zone-b accepts no new pods.", HOSTILE],
    )
