"""The endpoints of each service, as the rendered objects say."""

from typing import Any

import pytest

from components import services
from components.kube.objects import containers, set_env
from components.manifests.endpoints import endpoints, paths_to, public_url
from components.services import SERVICES
from tests.support.components import Object, kept_objects, of_kind, without_nats

URL = "https://chat.example.com"


def _found(case: str, namespace: str = "chat") -> dict[str, Any]:
    return dict(endpoints(kept_objects(case), SERVICES, "chat", namespace))


def _dns(name: str, namespace: str = "chat") -> str:
    return f"{name}.{namespace}.svc.cluster.local"


MONOLITH = {
    "workload": "Deployment/chat-rocketchat",
    "instances": 3,
    "dns": _dns("chat-rocketchat"),
    "ports": {"http": 80, "metrics": 9100, "moleculer-metrics": 9458},
    "publicUrl": URL,
}
NATS = {
    "workload": "StatefulSet/chat-nats",
    "instances": 5,
    "dns": _dns("chat-nats"),
    "ports": {
        "client": services.NATS.port,
        "cluster": services.NATS_CLUSTER_PORT,
        "monitor": services.NATS_MONITOR_PORT,
        "metrics": services.NATS_METRICS_PORT,
        "leafnodes": 7422,
        "gateways": 7522,
    },
    "servers": [f"chat-nats-{i}.{_dns('chat-nats')}" for i in range(5)],
}


def _dedicated(name: str, instances: int, **ports: int) -> dict[str, Any]:
    return {
        "workload": f"Deployment/{name}",
        "instances": instances,
        "dns": _dns(name),
        "ports": {**ports, "metrics": 9458},
    }


def test_every_service_has_an_endpoint() -> None:
    assert _found("per-service") == {
        "rocketchat": MONOLITH,
        "presence": _dedicated("chat-presence", 2),
        "ddpStreamer": _dedicated("chat-ddp-streamer", 8, http=3000),
        "account": _dedicated("chat-account", 4),
        "authorization": _dedicated("chat-authorization", 5),
        "nats": NATS,
    }


@pytest.mark.parametrize("case", ["per-service", "ingress-tls", "external-nats"])
def test_order_of_the_objects_does_not_matter(case: str) -> None:
    reverse = kept_objects(case)[::-1]
    assert endpoints(reverse, SERVICES, "chat", "chat") == _found(case)


def test_ddp_streamer_behind_an_ingress_has_a_public_url() -> None:
    found = _found("ingress-tls")
    public = {
        name: endpoint["publicUrl"] for name, endpoint in found.items() if "publicUrl" in endpoint
    }
    assert public == {"rocketchat": URL, "ddpStreamer": "wss://chat.example.com/websocket"}


def test_dns_names_contain_the_namespace() -> None:
    found = _found("per-service", "elsewhere")
    assert found["presence"]["dns"] == _dns("chat-presence", "elsewhere")
    assert found["nats"]["servers"][4] == f"chat-nats-4.{_dns('chat-nats', 'elsewhere')}"


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
def test_services_that_do_not_run_have_no_endpoint(case: str, names: list[str]) -> None:
    assert list(_found(case)) == names


def test_single_monolith_has_the_only_endpoint() -> None:
    objects = without_nats(kept_objects("monolith-alone"))
    assert list(endpoints(objects, SERVICES, "chat", "chat")) == ["rocketchat"]


def test_workload_without_replicas_has_one_instance() -> None:
    objects = kept_objects("per-service")
    del of_kind(objects, "Deployment")["chat-presence"]["spec"]["replicas"]
    assert endpoints(objects, SERVICES, "chat", "chat")["presence"]["instances"] == 1


def test_without_a_kubernetes_service_there_is_no_dns_name() -> None:
    objects = [obj for obj in kept_objects("per-service") if obj["kind"] != "Service"]
    found = endpoints(objects, SERVICES, "chat", "chat")["presence"]
    assert found == {"workload": "Deployment/chat-presence", "instances": 2, "ports": {}}


def _with_root_url(url: str) -> list[Object]:
    objects = kept_objects("ingress-tls")
    (container,) = containers(of_kind(objects, "Deployment")["chat-rocketchat"])
    set_env(container, "ROOT_URL", url)
    return objects


@pytest.mark.parametrize(
    ("root_url", "socket_url"),
    [
        ("https://chat.example.com", "wss://chat.example.com/websocket"),
        ("http://chat.example.com:8080", "ws://chat.example.com:8080/websocket"),
    ],
)
def test_public_urls_follow_the_root_url_of_the_monolith(root_url: str, socket_url: str) -> None:
    objects = _with_root_url(root_url)
    found = endpoints(objects, SERVICES, "chat", "chat")
    assert public_url(objects, "chat") == found["rocketchat"]["publicUrl"] == root_url
    assert found["ddpStreamer"]["publicUrl"] == socket_url


def test_ingress_that_leads_elsewhere_makes_no_public_url() -> None:
    objects = kept_objects("ingress-tls")
    (ingress,) = of_kind(objects, "Ingress").values()
    for path in ingress["spec"]["rules"][0]["http"]["paths"]:
        path["backend"]["service"]["name"] = "chat-rocketchat"
    assert "publicUrl" not in endpoints(objects, SERVICES, "chat", "chat")["ddpStreamer"]


def test_paths_of_an_ingress_are_found_by_service() -> None:
    (ingress,) = of_kind(kept_objects("ingress-tls"), "Ingress").values()
    assert paths_to(ingress, {"chat-ddp-streamer"}) == {"/sockjs", "/websocket"}
    assert paths_to(ingress, {"chat-rocketchat"}) == {"/"}
    assert paths_to(ingress, set()) == set()


def test_unknown_release_has_no_url() -> None:
    assert public_url(kept_objects("per-service"), "talk") == ""
