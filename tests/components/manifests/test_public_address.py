"""The public address: hosts, certificates, the URL, and what leads to the services."""

from typing import Any

import pytest

from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.manifests.endpoints import endpoints, hosts_of, public_url
from components.manifests.patches import apply_patches
from components.manifests.routes import routes
from components.manifests.verify import mismatches
from tests.support.components import Object, inputs, kept_objects, of_kind
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import chart_of

TLS: dict[str, Any] = {"ingress": {"tls_secret": "chat-tls", "class_name": "nginx"}}
GATEWAY: dict[str, Any] = {
    "gateway": {"name": "public", "namespace": "gateway", "section": "https"}
}
EXTRA: dict[str, Any] = {
    "extra_hosts": [{"host": "www.example.com"}, {"host": "a.b", "tls_secret": "b-tls"}]
}


def patched(case: str = "ingress-tls", **args: object) -> tuple[list[Object], WorkspaceSpec]:
    spec = resolve(inputs(namespace="chat", **args))
    return apply_patches(kept_objects(case), spec, "8.6.1"), spec


def wrong(objects: list[Object], spec: WorkspaceSpec) -> set[str]:
    """The inputs about the address that didn't come out."""
    found = mismatches(objects, spec, chart_of(SIMULATION_CHART))
    about = ("host", "ingress", "gateway", "root_url", "extra_hosts")
    return {mismatch.input for mismatch in found if mismatch.input.startswith(about)}


def test_every_host_is_routed_as_the_first_one_and_has_a_certificate() -> None:
    objects, spec = patched(**TLS, **EXTRA)
    ingress = of_kind(objects, "Ingress")["chat-rocketchat"]
    first, *others = ingress["spec"]["rules"]
    assert [rule["host"] for rule in others] == ["www.example.com", "a.b"]
    assert all(rule["http"] == first["http"] for rule in others)
    assert ingress["spec"]["tls"] == [
        {"secretName": "chat-tls", "hosts": ["chat.example.com", "www.example.com"]},
        {"secretName": "b-tls", "hosts": ["a.b"]},
    ]
    assert wrong(objects, spec) == set()
    del ingress["spec"]["tls"][1], ingress["spec"]["rules"][2]
    assert wrong(objects, spec) == {"host", "extra_hosts.1.tls_secret"}


@pytest.mark.parametrize(
    ("args", "url", "socket"),
    [
        ({}, "https://chat.example.com", "wss://chat.example.com/websocket"),
        (
            {"root_url": "http://chat.example.com:8080/"},
            "http://chat.example.com:8080",
            "ws://chat.example.com:8080/websocket",
        ),
    ],
)
def test_the_url_that_people_open_is_the_monoliths(
    args: dict[str, Any], url: str, socket: str
) -> None:
    objects, spec = patched(**args)
    assert public_url(objects, "chat") == url
    found = endpoints(objects, spec.services, "chat", "chat")
    assert found["rocketchat"]["publicUrl"] == url
    assert found["ddpStreamer"]["publicUrl"] == socket


@pytest.mark.parametrize(
    "url", ["chat.example.com", "ftp://a", "http://a/chat", "http://u:p@a", "http://a:b", "http://"]
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(Exception, match="root_url: got"):
        resolve(inputs(root_url=url))


def test_a_gateway_routes_every_host_without_a_timeout() -> None:
    objects, spec = patched("per-service", **GATEWAY, **EXTRA)
    assert of_kind(objects, "Ingress") == {}
    route = of_kind(objects, "HTTPRoute")["chat-rocketchat"]
    assert route["spec"]["parentRefs"] == [
        {"name": "public", "namespace": "gateway", "sectionName": "https"}
    ]
    assert hosts_of([route]) == ["chat.example.com", "www.example.com", "a.b"]
    sockets, rest = route["spec"]["rules"]
    assert [match["path"]["value"] for match in sockets["matches"]] == ["/sockjs", "/websocket"]
    assert sockets["backendRefs"] == [{"name": "chat-ddp-streamer", "port": 3000}]
    assert rest["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    assert rest["backendRefs"] == [{"name": "chat-rocketchat", "port": 80}]
    for rule in (sockets, rest):
        assert rule["timeouts"] == {"request": "0s", "backendRequest": "0s"}
    assert wrong(objects, spec) == set()
    found = endpoints(objects, spec.services, "chat", "chat")
    assert found["ddpStreamer"]["publicUrl"] == "wss://chat.example.com/websocket"
    route["spec"]["rules"][0]["backendRefs"][0]["name"] = "another"
    assert wrong(objects, spec) == {"gateway"}


def test_ingress_and_gateway_can_both_lead_to_it_for_a_while() -> None:
    objects, spec = patched(**GATEWAY, ingress={"enabled": True})
    assert len(of_kind(objects, "Ingress")) == len(of_kind(objects, "HTTPRoute")) == 1
    assert wrong(objects, spec) == set()


def test_without_an_edge_of_ours_the_routes_say_where_to_lead_what() -> None:
    objects, spec = patched("per-service", ingress={"enabled": False})
    found = {
        path: (route.service, route.port) for route in routes(objects, spec) for path in route.paths
    }
    assert found == {
        "/sockjs": ("chat-ddp-streamer", 3000),
        "/websocket": ("chat-ddp-streamer", 3000),
        "/": ("chat-rocketchat", 80),
    }


def test_a_host_is_there_once() -> None:
    with pytest.raises(Exception, match=r"extra_hosts.0.host: chat.example.com is there twice"):
        resolve(inputs(extra_hosts=[{"host": "chat.example.com"}]))
