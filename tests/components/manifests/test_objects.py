"""Where things are in Kubernetes objects."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kube.objects import (
    find_container,
    find_env,
    kind_and_name,
    referenced_secrets,
    to_plain_json,
    workloads,
)
from components.manifests.workloads import find_services, find_workload
from components.services import DDP_STREAMER, NATS, PRESENCE, ROCKETCHAT, Service
from tests.support.components import Object, kept_objects, of_kind, without_nats

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def _as_protocol(value: Any) -> Any:  # noqa: ANN401 - JSON
    """As Pulumi's protocol hands it over: every number a float."""
    if isinstance(value, dict):
        return {key: _as_protocol(held) for key, held in value.items()}
    if isinstance(value, list):
        return list(map(_as_protocol, value))
    return float(value) if type(value) is int else value


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _without_nulls(held) for key, held in value.items() if held is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value


@given(json_values)
def test_what_comes_by_the_protocol_is_plain_again(value: object) -> None:
    assert repr(to_plain_json(_as_protocol(value))) == repr(_without_nulls(value))


def test_a_fraction_stays_one() -> None:
    assert repr(to_plain_json({"a": [0.5, 3.0, True]})) == "{'a': [0.5, 3, True]}"


def test_an_object_is_named_by_kind_and_name() -> None:
    assert kind_and_name({"kind": "Deployment", "metadata": {"name": "chat"}}) == "Deployment/chat"


@pytest.mark.parametrize(
    ("service", "name", "leading"),
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
def test_a_service_is_found_among_the_objects(
    service: Service, name: str, leading: list[str]
) -> None:
    objects = kept_objects("per-service")
    one = find_workload(objects, service, "chat")
    assert one is not None
    assert kind_and_name(one) == name
    found = find_services(objects, service, "chat")
    assert sorted(each["metadata"]["name"] for each in found) == leading


def test_what_was_not_rendered_is_not_found() -> None:
    objects = without_nats(kept_objects("monolith-alone"))
    assert find_workload(objects, PRESENCE, "chat") is None
    assert find_workload(objects, NATS, "chat") is None
    assert find_services(objects, DDP_STREAMER, "chat") == []


def test_a_service_without_a_selector_leads_nowhere() -> None:
    external = {"kind": "Service", "metadata": {"name": "x"}, "spec": {"type": "ExternalName"}}
    assert find_services([external], ROCKETCHAT, "chat") == []


def test_the_workloads_are_those_that_make_pods() -> None:
    found = sorted(map(kind_and_name, workloads(kept_objects("per-service"))))
    assert found == [
        "Deployment/chat-account",
        "Deployment/chat-authorization",
        "Deployment/chat-ddp-streamer",
        "Deployment/chat-nats-box",
        "Deployment/chat-presence",
        "Deployment/chat-rocketchat",
        "StatefulSet/chat-nats",
    ]


def test_a_container_is_found_by_its_name() -> None:
    one = of_kind(kept_objects("per-service"), "StatefulSet")["chat-nats"]
    found = find_container(one, "metrics")
    assert found is not None
    assert found["image"] == "natsio/prometheus-nats-exporter:0.18.0"
    assert find_container(one, "metric") is None


def test_of_a_variable_given_twice_the_last_counts() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]
    assert find_env({"env": env}, "A") == {"name": "A", "value": "3"}
    assert find_env({"env": env}, "C") is None
    assert find_env({}, "A") is None


def _reading(**pod: list[Object]) -> Object:
    whole = {"containers": [], **pod}
    return {"spec": {"template": {"spec": whole}}}


@pytest.mark.parametrize(
    ("workload_", "names"),
    [
        pytest.param(_reading(), set(), id="nothing"),
        pytest.param(
            _reading(
                containers=[
                    {"env": [{"name": "A", "value": "plain"}]},
                    {
                        "env": [
                            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}},
                            {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "status"}}},
                        ],
                    },
                ],
            ),
            {"a"},
            id="a variable",
        ),
        pytest.param(
            _reading(
                containers=[
                    {"envFrom": [{"secretRef": {"name": "b"}}, {"configMapRef": {"name": "x"}}]},
                ],
            ),
            {"b"},
            id="all its variables",
        ),
        pytest.param(
            _reading(
                volumes=[
                    {"name": "c", "secret": {"secretName": "c"}},
                    {"name": "tmp", "emptyDir": {}},
                ],
            ),
            {"c"},
            id="a volume",
        ),
        pytest.param(
            _reading(initContainers=[{"envFrom": [{"secretRef": {"name": "d"}}]}]),
            {"d"},
            id="before it starts",
        ),
    ],
)
def test_the_secrets_that_pods_read_are_found(workload_: Object, names: set[str]) -> None:
    assert referenced_secrets(workload_) == names


def test_the_charts_workloads_read_the_secrets_that_they_are_given() -> None:
    found = {
        one["metadata"]["name"]: referenced_secrets(one)
        for one in workloads(kept_objects("external-nats"))
    }
    both = {"chat-mongodb", "chat-nats-url"}
    assert found == {
        "chat-rocketchat": both,
        "chat-presence": both,
        "chat-ddp-streamer": both,
        "chat-account": both,
        "chat-authorization": both,
    }
