"""Helm values -> inputs."""

from typing import Any

import pytest
import yaml

from components.chart.values import merge_values
from components.inputs.errors import ValidationErrors
from components.inputs.spec import resolve
from components.naming import camel
from tests.support.paths import CHART_FACTS
from tools.adopt.mapping import Source, Translation, translate
from tools.errors import ToolError

DEFAULTS: dict[str, Any] = yaml.safe_load(
    (CHART_FACTS / "default-values.yaml").read_text(),
)
LEAST = {
    "host": "chat.example.com",
    "existingMongodbSecret": "chat-mongodb",
    "mongodb": {"enabled": False},
}


def translated(values: dict[str, Any], **source: Any) -> Translation:  # noqa: ANN401 - any part
    held = {
        "release": "chat",
        "namespace": "talk",
        "values": merge_values(LEAST, values),
        "defaults": DEFAULTS,
        **source,
    }
    made = translate(Source(**held))
    # Whatever comes out is what the component takes.
    resolve({**made.config, **made.secrets}, ValidationErrors(camel))
    return made


def test_global_number_of_the_guide() -> None:
    made = translated(
        {"replicaCount": 2, "microservices": {"enabled": True, "replicaCount": 2}},
    )
    dedicated = dict.fromkeys(("presence", "ddpStreamer", "account", "authorization"), 2)
    assert made.config["replicas"] == {"rocketchat": 2, **dedicated, "nats": 2}
    (ignored,) = made.ignored
    assert ignored.startswith("microservices.replicaCount: 2 was meant as instances of every")


def test_numbers_of_each_service_in_the_guide() -> None:
    made = translated(
        {
            "replicaCount": 3,
            "microservices": {
                "presence": {"replicas": 2},
                "ddpStreamer": {"replicas": 8},
                "account": {"replicas": 4},
                "authorization": {"replicas": 5},
                "nats": {"replicas": 5},
            },
        },
    )
    assert made.config["replicas"] == {
        "rocketchat": 3,
        "presence": 2,
        "ddpStreamer": 8,
        "account": 4,
        "authorization": 5,
        "nats": 5,
    }
    assert "Use replicas.nats" in made.ignored[0]


def test_what_runs_decides_where_something_runs() -> None:
    made = translated(
        {"microservices": {"replicaCount": 9}},
        objects=[],
        running={"rocketchat": 4, "presence": 2, "account": 1, "authorization": 1},
    )
    assert made.config["createNamespace"] is False
    assert made.config["replicas"]["rocketchat"] == 4
    assert made.config["replicas"]["presence"] == 2
    # What the ignored key was meant to do isn't done behind anybody's back.
    assert made.config["replicas"]["ddpStreamer"] == 1


def test_secrets_are_never_in_the_config() -> None:
    made = translated(
        {
            "existingMongodbSecret": "",
            "externalMongodbUrl": "mongodb://a:canary@db.example.com/chat",
            "license": "canary",
            "registrationToken": "canary",
            "smtp": {"enabled": True, "host": "mail", "username": "a", "password": "canary"},
        },
    )
    keys = {"mongodbUrl", "license", "registrationToken", "smtpPassword"}
    assert set(made.secrets) == keys
    assert "canary" not in str((made.config, made.ignored, made.notes))
    assert made.config["smtp"] == {"host": "mail", "port": 587, "username": "a"}


@pytest.mark.parametrize(
    ("values", "inputs"),
    [
        ({"microservices": {"enabled": False}}, {"mode": "monolith"}),
        ({"image": {"tag": "8.6.0"}}, {"image": {"tag": "8.6.0"}}),
        (
            {"global": {"imageRegistry": "mirror.example.com"}},
            {"image": {"registry": "mirror.example.com"}},
        ),
        (
            {"service": {"type": "LoadBalancer", "port": 8080}},
            {"service": {"type": "LoadBalancer", "port": 8080}},
        ),
        ({}, {"ingress": {"enabled": False}, "namespace": "talk"}),
        (
            {
                "ingress": {
                    "enabled": True,
                    "ingressClassName": "nginx",
                    "annotations": {"a": "b"},
                    "tls": [{"secretName": "chat-tls", "hosts": ["chat.example.com"]}],
                },
            },
            {"ingress": {"className": "nginx", "annotations": {"a": "b"}, "tlsSecret": "chat-tls"}},
        ),
        (
            {"resources": {"requests": {"cpu": "1"}}},
            {"services": {"rocketchat": {"resources": {"requests": {"cpu": "1"}}}}},
        ),
        (
            {"persistence": {"enabled": True, "size": "20Gi", "accessMode": "ReadWriteMany"}},
            {"uploads": {"size": "20Gi", "accessMode": "ReadWriteMany"}},
        ),
        (
            {"persistence": {"enabled": True, "existingClaim": "old"}},
            {"uploads": {"existingClaim": "old", "accessMode": "ReadWriteOnce"}},
        ),
        (
            {"smtp": {"enabled": True, "existingSecret": "chat-smtp"}},
            {"smtp": {"existingSecret": "chat-smtp"}},
        ),
        (
            {"nats": {"enabled": False, "existingSecret": {"name": "bus", "key": "url"}}},
            {"nats": {"existingSecret": {"name": "bus", "key": "url"}}},
        ),
        ({"global": {"nodeSelector": {"pool": "a"}}}, {"nodeSelector": {"pool": "a"}}),
        ({"podLabels": {"team": "chat"}}, {"values": {"podLabels": {"team": "chat"}}}),
        (
            {"microservices": {"presence": {"annotations": {"a": "b"}}}},
            {"values": {"microservices": {"presence": {"annotations": {"a": "b"}}}}},
        ),
    ],
)
def test_what_an_input_covers_is_said_by_it(values: dict[str, Any], inputs: dict[str, Any]) -> None:
    config = translated(values).config
    assert {key: config.get(key) for key in inputs} == inputs
    if "values" not in inputs:
        assert "values" not in config


def test_a_secret_of_variables_makes_room_for_the_components_own() -> None:
    values = {"extraSecret": "chat-env", "extraEnv": [{"name": "C", "value": "c"}]}
    assert translated(values).config["values"] == values
    values["license"] = "canary"
    made = translated(values, environment=("A", "B"))
    assert made.config["values"] == {
        "extraEnv": [
            {"name": "C", "value": "c"},
            *(
                {"name": name, "valueFrom": {"secretKeyRef": {"name": "chat-env", "key": name}}}
                for name in ("A", "B")
            ),
        ],
    }
    assert "chat-env holds no variables" in str(translated(values).notes)


@pytest.mark.parametrize(
    ("bundled", "held", "inputs"),
    [
        (True, "monolith+nats://chat-nats:4222", {"monolithFeatures": "enabled"}),
        (True, "nats://chat-nats:4222", {}),
        (
            False,
            "nats://elsewhere:4222",
            {"nats": {"existingSecret": {"name": "bus", "key": "url"}}},
        ),
        (
            False,
            "monolith+nats://elsewhere:4222",
            {"monolithFeatures": "enabled", "natsUrl": "nats://elsewhere:4222"},
        ),
    ],
)
def test_a_transporter_in_a_secret(bundled: bool, held: str, inputs: dict[str, Any]) -> None:  # noqa: FBT001
    values = {"nats": {"enabled": bundled, "existingSecret": {"name": "bus", "key": "url"}}}
    made = translated(values, transporter=held)
    keys = ("monolithFeatures", "nats", "natsUrl")
    came = {**made.config, **made.secrets}
    assert {key: came[key] for key in keys if key in came} == inputs


def test_no_bus_at_all_is_told() -> None:
    made = translated({"nats": {"enabled": False}})
    assert "the services have no bus at all" in made.ignored[0]
    assert made.config["replicas"]["nats"] == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"host": ""}, "have no `host`"),
        (
            {"extraEnv": "- name: A", "extraSecret": "chat-env", "license": "canary"},
            "extraEnv is a text",
        ),
    ],
)
def test_what_no_input_can_say_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ToolError) as told:
        translated(values, environment=("A",))
    assert words in str(told.value)


@pytest.mark.parametrize(
    "tls",
    [
        [{"hosts": ["chat.example.com"]}],
        [{"secretName": "a", "hosts": ["chat.example.com"]}, {"secretName": "b", "hosts": ["b"]}],
    ],
)
def test_certificates_that_no_input_can_say_go_to_values(tls: list[dict[str, Any]]) -> None:
    made = translated({"ingress": {"enabled": True, "ingressClassName": "nginx", "tls": tls}})
    assert made.config["ingress"] == {"className": "nginx"}
    assert made.config["values"] == {"ingress": {"tls": tls}}


def test_as_is_keeps_secrets_where_they_are() -> None:
    env = [{"name": "MONGO_URL", "valueFrom": {"secretKeyRef": {"name": "chat-rocketchat"}}}]
    labels = {"app.kubernetes.io/name": "rocketchat", "app.kubernetes.io/instance": "chat"}
    monolith = {
        "kind": "Deployment",
        "metadata": {"name": "chat-rocketchat"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"spec": {"containers": [{"name": "rocketchat", "env": env}]}},
        },
    }
    values = {"existingMongodbSecret": "", "externalMongodbUrl": "mongodb://canary@db/chat"}
    made = translated(values, objects=[monolith], as_is=True)
    assert made.config["mongodbSecret"] == "chat-rocketchat"
    assert made.config["resilience"] == {"enabled": False}
    assert made.secrets == {}


def test_a_file_without_a_mongodb_of_its_own_is_told_what_to_add() -> None:
    values = {"host": "chat.example.com", "mongodb": {"enabled": True}}
    made = translate(Source("chat", "talk", values, DEFAULTS))
    assert "MongoDB: the values name none but the bundled one" in str(made.notes)
    assert "belongs to nobody" not in str(made.notes)
    assert "createNamespace" not in made.config
