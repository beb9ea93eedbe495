"""Tests that a container's environment is as the kubelet makes it."""

from typing import Any

import pytest

from tests.support.bus.pods import Cluster, Pod, command, environment

WORKLOAD = {"spec": {"template": {"metadata": {"labels": {"app": "chat"}}}}}
POD = Pod(WORKLOAD, "chat-0", "127.1.2.3")
CLUSTER = Cluster(
    secrets={"login": {"user": "rc", "password": "a$(user)b"}},
    config_maps={"settings": {"COLOUR": "red", "SIZE": "1"}},
)


def secret(name: str, key: str, **more: object) -> dict[str, Any]:
    return {"valueFrom": {"secretKeyRef": {"name": name, "key": key, **more}}}


@pytest.mark.parametrize(
    ("container", "variables"),
    [
        pytest.param({"env": [{"name": "A", "value": "1"}]}, {"A": "1"}, id="a value"),
        pytest.param({"env": [{"name": "A"}]}, {"A": ""}, id="no value"),
        pytest.param(
            {"env": [{"name": "P", **secret("login", "password")}]},
            {"P": "a$(user)b"},
            id="what comes from a Secret isn't expanded",
        ),
        pytest.param(
            {
                "env": [
                    {"name": "URL", "value": "nats://$(P)@h"},
                    {"name": "P", **secret("login", "user")},
                    {"name": "LATER", "value": "nats://$(P)@h"},
                ]
            },
            {"URL": "nats://$(P)@h", "P": "rc", "LATER": "nats://rc@h"},
            id="only variables before it",
        ),
        pytest.param(
            {"env": [{"name": "A", "value": "$$(B) $(C) $$"}]},
            {"A": "$(B) $(C) $"},
            id="escaped and unknown",
        ),
        pytest.param(
            {"env": [{"name": "A", **secret("login", "nothing", optional=True)}]},
            {},
            id="an optional key",
        ),
        pytest.param(
            {
                "env": [
                    {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "I", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    {
                        "name": "L",
                        "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}},
                    },
                ]
            },
            {"N": "chat-0", "I": "127.1.2.3", "L": "chat"},
            id="fields of the pod",
        ),
        pytest.param(
            {
                "envFrom": [
                    {"configMapRef": {"name": "settings"}, "prefix": "X_"},
                    {"secretRef": {"name": "none", "optional": True}},
                ],
                "env": [{"name": "X_SIZE", "value": "$(X_COLOUR)"}],
            },
            {"X_COLOUR": "red", "X_SIZE": "red"},
            id="whole objects first",
        ),
    ],
)
def test_variables_are_those_of_the_kubelet(
    container: dict[str, Any], variables: dict[str, str]
) -> None:
    assert environment(container, POD, CLUSTER) == variables


@pytest.mark.parametrize("missing", [secret("login", "nothing"), secret("none", "user")])
def test_a_container_without_its_secret_does_not_start(missing: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        environment({"env": [{"name": "A", **missing}]}, POD, CLUSTER)
    with pytest.raises(LookupError):
        environment({"envFrom": [{"secretRef": {"name": "none"}}]}, POD, CLUSTER)


def test_a_command_is_expanded() -> None:
    container = {"command": ["nats-server", "--name=$(POD)"], "args": ["$$(POD)"]}
    assert command(container, {"POD": "chat-0"}) == ["nats-server", "--name=chat-0", "$(POD)"]
