"""Finding things in Kubernetes objects."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kube.objects import (
    containers,
    find_container,
    find_env,
    kind_and_name,
    match_labels,
    nested_list,
    nested_map,
    pod_spec,
    referenced_secrets,
    set_env,
    to_plain_json,
    workloads,
)
from tests.support.components import Object, kept_objects, of_kind

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def _as_protocol(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` as Pulumi's protocol delivers it: every number is a float."""
    if isinstance(value, dict):
        return {key: _as_protocol(field) for key, field in value.items()}
    if isinstance(value, list):
        return list(map(_as_protocol, value))
    return float(value) if type(value) is int else value


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _without_nulls(field) for key, field in value.items() if field is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value


@given(json_values)
def test_values_from_the_protocol_become_plain_json(value: object) -> None:
    assert repr(to_plain_json(_as_protocol(value))) == repr(_without_nulls(value))


def test_fractions_stay_floats() -> None:
    assert repr(to_plain_json({"a": [0.5, 3.0, True]})) == "{'a': [0.5, 3, True]}"


@pytest.mark.parametrize("missing", [{}, {"a": None}, {"a": "not known yet"}, {"a": [1]}, None])
def test_nested_fields_that_are_missing_are_empty(missing: object) -> None:
    assert nested_map(missing, "a", "b") == {}
    assert nested_list(missing, "a", "b") == []


def test_nested_fields_are_the_objects_own() -> None:
    obj = {"a": {"b": {"c": 1}, "list": [{"d": 2}, None, "not known yet"]}}
    assert nested_map(obj, "a", "b") is obj["a"]["b"]
    assert nested_list(obj, "a", "list") == [{"d": 2}]


def test_kind_and_name() -> None:
    assert kind_and_name({"kind": "Deployment", "metadata": {"name": "chat"}}) == "Deployment/chat"


def test_workloads_are_the_objects_with_a_pod_template() -> None:
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


def test_objects_without_pods_have_no_containers_and_no_labels() -> None:
    service = {"kind": "Service", "spec": {"selector": {"app": "x"}}}
    assert list(workloads([service])) == []
    assert pod_spec(service) == {}
    assert containers(service) == []
    assert match_labels(service) == {}


def test_container_is_found_by_name() -> None:
    nats = of_kind(kept_objects("per-service"), "StatefulSet")["chat-nats"]
    found = find_container(nats, "metrics")
    assert found is not None
    assert found["image"] == "natsio/prometheus-nats-exporter:0.18.0"
    assert find_container(nats, "metric") is None


def test_last_entry_for_a_variable_counts() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]
    assert find_env({"env": env}, "A") == {"name": "A", "value": "3"}
    assert find_env({"env": env}, "C") is None
    assert find_env({}, "A") is None


def test_variable_is_set_in_place_or_appended() -> None:
    container: dict[str, Any] = {}
    for name, value in (("A", "1"), ("B", "2"), ("A", "3")):
        set_env(container, name, value)
    assert container["env"] == [{"name": "A", "value": "3"}, {"name": "B", "value": "2"}]


def _workload(**pod: list[Object]) -> Object:
    return {"spec": {"template": {"spec": {"containers": [], **pod}}}}


@pytest.mark.parametrize(
    ("workload", "names"),
    [
        pytest.param(_workload(), set(), id="nothing"),
        pytest.param(
            _workload(
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
            _workload(
                containers=[
                    {"envFrom": [{"secretRef": {"name": "b"}}, {"configMapRef": {"name": "x"}}]},
                ],
            ),
            {"b"},
            id="all keys as variables",
        ),
        pytest.param(
            _workload(
                volumes=[
                    {"name": "c", "secret": {"secretName": "c"}},
                    {"name": "tmp", "emptyDir": {}},
                ],
            ),
            {"c"},
            id="a volume",
        ),
        pytest.param(
            _workload(initContainers=[{"envFrom": [{"secretRef": {"name": "d"}}]}]),
            {"d"},
            id="an init container",
        ),
    ],
)
def test_secrets_that_pods_read_are_found(workload: Object, names: set[str]) -> None:
    assert referenced_secrets(workload) == names


def test_optional_secrets_can_be_left_out() -> None:
    optional = {"optional": True}
    reference = {"secretKeyRef": {"name": "a", "key": "k", **optional}}
    workload = _workload(
        containers=[
            {
                "env": [{"name": "A", "valueFrom": reference}],
                "envFrom": [
                    {"secretRef": {"name": "b", **optional}},
                    {"secretRef": {"name": "required"}},
                ],
            }
        ],
        volumes=[{"name": "c", "secret": {"secretName": "c", **optional}}],
    )
    assert referenced_secrets(workload) == {"a", "b", "c", "required"}
    assert referenced_secrets(workload, optional=False) == {"required"}


def test_chart_workloads_read_the_secrets_they_are_given() -> None:
    found = {
        workload["metadata"]["name"]: referenced_secrets(workload)
        for workload in workloads(kept_objects("external-nats"))
    }
    both = {"chat-mongodb", "chat-nats-url"}
    assert found == {
        "chat-rocketchat": both,
        "chat-presence": both,
        "chat-ddp-streamer": both,
        "chat-account": both,
        "chat-authorization": both,
    }
