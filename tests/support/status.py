"""A report with something of everything in it."""

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


def instance(pod: str, *, ready: bool = True, **changed: object) -> Instance:
    held = {
        "node": "node-a",
        "zone": "zone-a",
        "address": "10.1.0.5",
        "age_seconds": 7300,
        "restarts": 0,
        "version": "8.6.1",
        "trouble": "" if ready else "0/3 nodes are available: 3 node(s) didn't match",
    }
    return Instance(pod=pod, ready=ready, **{**held, **changed})  # type: ignore[arg-type]


def service(name: str, *instances: Instance, asked: int, **changed: object) -> ServiceStatus:
    ready = sum(one.ready for one in instances)
    held = {"most": asked, "running": asked, "ready": ready, "updated": ready, "restarts": 0}
    return ServiceStatus(
        service=name,
        workload=f"Deployment/chat-{name}",
        asked=asked,
        version="8.6.1",
        instances=instances,
        **{**held, **changed},  # type: ignore[arg-type]
    )


def report(**changed: object) -> Report:
    held = {
        "title": "stack prod",
        "cluster": "https://cluster.example.com:6443",
        "namespace": "chat",
        "url": "https://chat.example.com",
        "version": "8.6.1",
        "taken": "2026-11-24T16:00:00+00:00",
        "services": [service("presence", instance("chat-presence-a"), asked=1)],
        "nats": [],
        "addresses": [],
        "workspace": None,
        "differences": [],
        "notes": [],
    }
    return Report(**{**held, **changed})  # type: ignore[arg-type]


def troubled() -> Report:
    return report(
        services=[
            service(
                "rocketchat",
                instance("chat-rocketchat-66c4c9cfb7-cflfs", workspace="connected"),
                instance(f"chat-{HOSTILE}", node=HOSTILE, workspace="unknown"),
                asked=2,
            ),
            service(
                "ddp-streamer",
                instance("chat-ddp-streamer-7b9bfcf57c-vrq7t", ready=False, node="", zone=""),
                asked=3,
                trouble="0 of 3 ready; 0/3 nodes are available: 3 node(s) didn't match",
            ),
            service("presence", instance("chat-presence-a"), asked=1, most=9),
        ],
        nats=[
            NatsServer("chat-nats-0", ["chat-nats-1"], "has routes to 1 of 2 others", True),  # noqa: FBT003
            NatsServer("chat-nats-1", [], "its monitor can't be reached: refused", False),  # noqa: FBT003
        ],
        addresses=[
            Address("https://chat.example.com", True, "answers as Rocket.Chat 8.6.1"),  # noqa: FBT003
            Address(
                "wss://chat.example.com/websocket",
                False,  # noqa: FBT003
                "answers 502, which isn't a WebSocket",
            ),
        ],
        workspace=[
            WorkspaceInstance("rocket.chat", "10.1.0.5", True, "chat-rocketchat-66c4c9cfb7-cflfs"),  # noqa: FBT003
            WorkspaceInstance("ddp-streamer", "", False, ""),  # noqa: FBT003
        ],
        differences=[Difference("Deployment/chat-presence", "scaled to 5; asked for 2")],
        notes=["Zone zone-b takes no new pods.", HOSTILE],
    )
