"""Where each instance answers, as the rendered objects say."""

from typing import Any

import pytest

from components import services
from components.manifests.endpoints import endpoints, paths_to, public_url
from components.services import SERVICES
from tests.support.components import Object, kept_objects, of_kind, without_nats

URL = "https://chat.example.com"


def _found(case: str, namespace: str = "chat") -> dict[str, Any]:
    return dict(endpoints(kept_objects(case), SERVICES, "chat", namespace))


def _inner(name: str, namespace: str = "chat") -> str:
    return f"{name}.{namespace}.svc.cluster.local"


MONOLITH = {
    "workload": "Deployment/chat-rocketchat",
    "instances": 3,
    "dns": _inner("chat-rocketchat"),
    "ports": {"http": 80, "metrics": 9100, "moleculer-metrics": 9458},
    "publicUrl": URL,
}
NATS = {
    "workload": "StatefulSet/chat-nats",
    "instances": 5,
    "dns": _inner("chat-nats"),
    "ports": {
        "client": services.NATS.port,
        "cluster": services.NATS_CLUSTER_PORT,
        "monitor": services.NATS_MONITOR_PORT,
        "metrics": services.NATS_METRICS_PORT,
        "leafnodes": 7422,
        "gateways": 7522,
    },
    "servers": [f"chat-nats-{i}.{_inner('chat-nats')}" for i in range(5)],
}


def _dedicated(name: str, instances: int, **ports: int) -> dict[str, Any]:
    return {
        "workload": f"Deployment/{name}",
        "instances": instances,
        "dns": _inner(name),
        "ports": {**ports, "metrics": 9458},
    }


def test_every_service_has_its_endpoint() -> None:
    assert _found("per-service") == {
        "rocketchat": MONOLITH,
        "presence": _dedicated("chat-presence", 2),
        "ddpStreamer": _dedicated("chat-ddp-streamer", 8, http=3000),
        "account": _dedicated("chat-account", 4),
        "authorization": _dedicated("chat-authorization", 5),
        "nats": NATS,
    }


@pytest.mark.parametrize("case", ["per-service", "ingress-tls", "external-nats"])
def test_the_order_of_the_objects_says_nothing(case: str) -> None:
    backwards = kept_objects(case)[::-1]
    assert endpoints(backwards, SERVICES, "chat", "chat") == _found(case)


def test_behind_an_ingress_ddp_streamer_has_a_public_address() -> None:
    found = _found("ingress-tls")
    public = {name: each["publicUrl"] for name, each in found.items() if "publicUrl" in each}
    assert public == {"rocketchat": URL, "ddpStreamer": "wss://chat.example.com/websocket"}


def test_the_namespace_is_in_every_name() -> None:
    found = _found("per-service", "elsewhere")
    assert found["presence"]["dns"] == _inner("chat-presence", "elsewhere")
    assert found["nats"]["servers"][4] == f"chat-nats-4.{_inner('chat-nats', 'elsewhere')}"


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("monolith-nats", ["rocketchat", "nats"]),
        (
            "external-nats",
            ["rocketchat", "presence", "ddpStreamer", "account", "authorization"],
        ),
    ],
)
def test_what_does_not_run_has_no_endpoint(case: str, names: list[str]) -> None:
    assert list(_found(case)) == names


def test_a_monolith_alone_has_the_one_endpoint() -> None:
    objects = without_nats(kept_objects("monolith-alone"))
    assert list(endpoints(objects, SERVICES, "chat", "chat")) == ["rocketchat"]


def test_a_workload_without_a_number_runs_once() -> None:
    objects = kept_objects("per-service")
    del of_kind(objects, "Deployment")["chat-presence"]["spec"]["replicas"]
    assert endpoints(objects, SERVICES, "chat", "chat")["presence"]["instances"] == 1


def test_without_a_service_there_is_no_name() -> None:
    objects = [one for one in kept_objects("per-service") if one["kind"] != "Service"]
    found = endpoints(objects, SERVICES, "chat", "chat")["presence"]
    assert found == {"workload": "Deployment/chat-presence", "instances": 2, "ports": {}}


def _with_root(url: str) -> list[Object]:
    objects = kept_objects("ingress-tls")
    (held,) = of_kind(objects, "Deployment")["chat-rocketchat"]["spec"]["template"]["spec"][
        "containers"
    ]
    for each in held["env"]:
        if each["name"] == "ROOT_URL":
            each["value"] = url
    return objects


@pytest.mark.parametrize(
    ("root", "socket"),
    [
        ("https://chat.example.com", "wss://chat.example.com/websocket"),
        ("http://chat.example.com:8080", "ws://chat.example.com:8080/websocket"),
    ],
)
def test_public_addresses_are_those_that_the_monolith_is_told(root: str, socket: str) -> None:
    objects = _with_root(root)
    found = endpoints(objects, SERVICES, "chat", "chat")
    assert public_url(objects, "chat") == found["rocketchat"]["publicUrl"] == root
    assert found["ddpStreamer"]["publicUrl"] == socket


def test_an_ingress_that_leads_elsewhere_is_no_public_address() -> None:
    objects = kept_objects("ingress-tls")
    (ingress,) = of_kind(objects, "Ingress").values()
    for path in ingress["spec"]["rules"][0]["http"]["paths"]:
        path["backend"]["service"]["name"] = "chat-rocketchat"
    assert "publicUrl" not in endpoints(objects, SERVICES, "chat", "chat")["ddpStreamer"]


def test_an_ingress_leads_paths_to_services() -> None:
    (ingress,) = of_kind(kept_objects("ingress-tls"), "Ingress").values()
    assert paths_to(ingress, {"chat-ddp-streamer"}) == {"/sockjs", "/websocket"}
    assert paths_to(ingress, {"chat-rocketchat"}) == {"/"}
    assert paths_to(ingress, set()) == set()


def test_a_release_that_is_not_there_has_no_url() -> None:
    assert public_url(kept_objects("per-service"), "talk") == ""
