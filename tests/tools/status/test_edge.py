"""What leads people's clients to the workspace, as the status tells it."""

import json
from dataclasses import replace
from typing import Any

from components.kube.api import Api
from components.kube.connection import DirectConnection
from tests.support.http_server import Response, Server, serve
from tools.status.desired import Desired
from tools.status.edge import edge_differences

GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces"
ROUTE: dict[str, Any] = {
    "kind": "HTTPRoute",
    "metadata": {"name": "chat-rocketchat", "namespace": "chat"},
    "spec": {"parentRefs": [{"name": "public", "namespace": "gateway"}]},
}
ROUTES = {"/websocket": "chat-ddp-streamer:3000", "/": "chat-rocketchat:80"}


def desired() -> Desired:
    return Desired(
        title="stack prod",
        namespace="chat",
        release="chat",
        url="https://chat.example.com",
        addresses=[],
        version="8.6.1",
        workloads=[],
        autoscaled={},
    )


def reported(wanted: Desired, objects: dict[str, Any]) -> list[str]:
    with serve() as server:
        _answer(server, objects)
        with Api(DirectConnection(server.url)) as api:
            return [f"{item.object} {item.message}" for item in edge_differences(api, wanted)]


def _answer(server: Server, objects: dict[str, Any]) -> None:
    server.responses = {path: Response(json.dumps(obj)) for path, obj in objects.items()}


def route(**conditions: tuple[str, str]) -> dict[str, Any]:
    """The route on the cluster, with conditions of its Gateway's controller."""
    found = [
        {"type": kind, "status": status, "reason": reason, "message": "as it is"}
        for kind, (status, reason) in conditions.items()
    ]
    parents = [{"parentRef": {"name": "public"}, "conditions": found}] if found else []
    return {**ROUTE, "status": {"parents": parents}}


def gateway(status: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"type": "Programmed", "status": status, "reason": "No"}]}}


def through_gateway(live: dict[str, Any], of: dict[str, Any]) -> list[str]:
    wanted = replace(desired(), edges=[ROUTE], routes=ROUTES)
    return reported(
        wanted,
        {
            f"{GATEWAYS}/chat/httproutes/chat-rocketchat": live,
            f"{GATEWAYS}/gateway/gateways/public": of,
        },
    )


def test_a_route_that_a_running_gateway_has_accepted_is_fine() -> None:
    accepted = route(Accepted=("True", "Accepted"), ResolvedRefs=("True", "ResolvedRefs"))
    assert through_gateway(accepted, gateway("True")) == []


def test_a_route_that_nobody_has_taken_up_is_reported() -> None:
    assert through_gateway(route(), gateway("True")) == [
        "HTTPRoute/chat-rocketchat no controller has taken it up for Gateway gateway/public"
    ]


def test_why_a_gateway_does_not_take_it_is_reported() -> None:
    refused = route(Accepted=("False", "NotAllowedByListeners"), ResolvedRefs=("True", ""))
    assert through_gateway(refused, gateway("False")) == [
        (
            "HTTPRoute/chat-rocketchat Gateway gateway/public: not Accepted,"
            " NotAllowedByListeners: as it is"
        ),
        "HTTPRoute/chat-rocketchat Gateway gateway/public isn't Programmed: No",
    ]


def test_a_route_that_is_gone_is_reported() -> None:
    (line,) = reported(replace(desired(), edges=[ROUTE], routes=ROUTES), {})
    assert "isn't on the cluster" in line


def test_an_edge_of_others_without_the_sockets_is_reported() -> None:
    wanted = replace(desired(), routes=ROUTES)
    path = "/apis/networking.istio.io/v1/namespaces"
    lists = f"{path}/{wanted.namespace}/virtualservices"
    service: dict[str, Any] = {
        "metadata": {"name": "chat"},
        "spec": {"hosts": ["chat.example.com"], "http": [{"destination": "chat-rocketchat"}]},
    }
    (line,) = reported(wanted, {lists: {"items": [service]}})
    assert line.startswith("VirtualService/chat leads chat.example.com here, and nothing to chat-")
    assert "Lead /websocket to chat-ddp-streamer:3000, / to chat-rocketchat:80" in line
    service["spec"]["http"].append({"destination": "chat-ddp-streamer"})
    assert reported(wanted, {lists: {"items": [service]}}) == []
    service["spec"]["hosts"] = ["other.example.com"]
    assert reported(wanted, {lists: {"items": [service]}}) == []
