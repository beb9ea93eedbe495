"""The workload and the Kubernetes Services of each service, among the rendered objects."""

import pytest

from components.kube.objects import kind_and_name
from components.manifests.workloads import find_services, find_workload
from components.services import DDP_STREAMER, NATS, PRESENCE, ROCKETCHAT, Service
from tests.support.components import kept_objects, without_nats


@pytest.mark.parametrize(
    ("service", "workload_name", "service_names"),
    [
        (
            ROCKETCHAT,
            "Deployment/chat-rocketchat",
            ["chat-rocketchat", "chat-rocketchat-monolith-ms-metrics"],
        ),
        (PRESENCE, "Deployment/chat-presence", ["chat-presence"]),
        (DDP_STREAMER, "Deployment/chat-ddp-streamer", ["chat-ddp-streamer"]),
        (NATS, "StatefulSet/chat-nats", ["chat-nats", "chat-nats-metrics"]),
    ],
)
def test_workload_and_services_are_found_by_labels(
    service: Service, workload_name: str, service_names: list[str]
) -> None:
    objects = kept_objects("per-service")
    workload = find_workload(objects, service, "chat")
    assert workload is not None
    assert kind_and_name(workload) == workload_name
    found = find_services(objects, service, "chat")
    assert sorted(obj["metadata"]["name"] for obj in found) == service_names


def test_what_was_not_rendered_is_not_found() -> None:
    objects = without_nats(kept_objects("monolith-alone"))
    assert find_workload(objects, PRESENCE, "chat") is None
    assert find_workload(objects, NATS, "chat") is None
    assert find_services(objects, DDP_STREAMER, "chat") == []


def test_service_without_selector_belongs_to_no_workload() -> None:
    external = {"kind": "Service", "metadata": {"name": "x"}, "spec": {"type": "ExternalName"}}
    assert find_services([external], ROCKETCHAT, "chat") == []
