"""The catalogue against what the official chart takes and renders."""

import pytest

from components.kube.objects import find_container
from components.manifests.workloads import find_workload
from components.naming import camel
from components.services import BY_NAME, SERVICES, Service
from tests.support.components import at, kept_objects, kept_values

ALL = [pytest.param(service, id=service.kebab_name) for service in SERVICES]
IN_CHART = [
    pytest.param(service, id=service.kebab_name) for service in SERVICES if service.in_chart
]


@pytest.mark.parametrize(
    ("name", "in_config"),
    [
        ("host", "host"),
        ("ddp_streamer", "ddpStreamer"),
        ("monolith_features", "monolithFeatures"),
        ("a_b_c", "aBC"),
    ],
)
def test_config_names_are_camel_case(name: str, in_config: str) -> None:
    assert camel(name) == in_config


def test_the_catalogue_holds_the_services_in_the_order_of_their_rows() -> None:
    assert [
        (each.name, each.config_name, each.kebab_name, each.dedicated, each.in_chart)
        for each in SERVICES
    ] == [
        ("rocketchat", "rocketchat", "rocketchat", False, True),
        ("presence", "presence", "presence", True, True),
        ("ddp_streamer", "ddpStreamer", "ddp-streamer", True, True),
        ("account", "account", "account", True, True),
        ("authorization", "authorization", "authorization", True, True),
        ("queue_worker", "queueWorker", "queue-worker", True, False),
        ("omnichannel_transcript", "omnichannelTranscript", "omnichannel-transcript", True, False),
        ("nats", "nats", "nats", False, True),
    ]
    assert list(BY_NAME.values()) == list(SERVICES)


@pytest.mark.parametrize("service", IN_CHART)
def test_each_service_is_one_workload_of_the_chart(service: Service) -> None:
    objects = kept_objects("per-service")
    one = find_workload(objects, service, "chat")
    assert one is not None
    assert one["kind"] == service.kind
    assert one["metadata"]["name"] == f"chat-{service.kebab_name}"
    assert find_container(one, service.container) is not None
    others = [each for each in SERVICES if each is not service]
    labels = one["spec"]["selector"]["matchLabels"]
    assert not any(other.matches(labels, "chat") for other in others)


@pytest.mark.parametrize("service", ALL)
def test_a_service_of_another_release_is_somebody_elses(service: Service) -> None:
    objects = kept_objects("per-service")
    assert find_workload(objects, service, "talk") is None
    assert not service.matches({"app.kubernetes.io/name": service.kebab_name}, "chat")
    assert not service.matches({}, "chat")


@pytest.mark.parametrize("service", IN_CHART)
def test_the_value_for_replicas_reaches_the_workload(service: Service) -> None:
    asked = at(kept_values("per-service"), service.replicas)
    one = find_workload(kept_objects("per-service"), service, "chat")
    assert one is not None
    assert one["spec"]["replicas"] == asked > 1


@pytest.mark.parametrize("name", ["rocketchat", "account", "nats"])
def test_the_value_for_resources_reaches_the_container(name: str) -> None:
    service = BY_NAME[name]
    asked = at(kept_values("every-value"), service.resources)
    # NATS isn't bundled in the case that sets resources, and its values are rendered all the same.
    one = find_workload(kept_objects("every-value"), service, "chat")
    assert one is not None
    held = find_container(one, service.container)
    assert held is not None
    assert held["resources"] == asked != {}


def test_one_ddp_streamer_is_planned_for_500_people() -> None:
    planned = {each.name: each.users_per_instance for each in SERVICES if each.users_per_instance}
    assert planned == {"ddp_streamer": 500}


@pytest.mark.parametrize("service", ALL)
def test_what_the_chart_does_not_know_has_no_value(service: Service) -> None:
    assert bool(service.replicas) == bool(service.resources)
