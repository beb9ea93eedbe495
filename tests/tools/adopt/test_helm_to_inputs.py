"""Helm values -> inputs."""

from typing import Any

import pytest

from components.inputs.definitions import INPUTS, Input
from components.services import SERVICES
from tests.support.helm_translation import source, translated
from tools.adopt import helm_to_inputs
from tools.adopt.helm_to_inputs import translate
from tools.errors import ToolError


def test_the_replica_count_in_the_guide_reaches_every_dedicated_service() -> None:
    translation = translated(
        {"replicaCount": 2, "microservices": {"enabled": True, "replicaCount": 2}},
    )
    dedicated = {service.config_name: 2 for service in SERVICES if service.dedicated}
    assert translation.config["replicas"] == {"rocketchat": 2, **dedicated}
    (ignored,) = translation.ignored
    assert ignored.startswith(
        "microservices.replicaCount: 2 was meant as the number of instances of every"
    )


def test_the_replicas_of_each_service_in_the_guide_reach_it() -> None:
    translation = translated(
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
    assert translation.config["replicas"] == {
        "rocketchat": 3,
        "presence": 2,
        "ddpStreamer": 8,
        "account": 4,
        "authorization": 5,
        "nats": 5,
    }
    assert "Use replicas.nats" in translation.ignored[0]


def test_running_replicas_override_the_values() -> None:
    translation = translated(
        {"microservices": {"replicaCount": 9}},
        objects=[],
        running={"rocketchat": 4, "presence": 2, "account": 1, "authorization": 1},
    )
    assert translation.config["createNamespace"] is False
    # An ignored value doesn't start to scale services because of the takeover.
    assert translation.config["replicas"] == {"rocketchat": 4, "presence": 2}


def test_the_config_contains_no_secrets() -> None:
    translation = translated(
        {
            "existingMongodbSecret": "",
            "externalMongodbUrl": "mongodb://a:canary@db.example.com/chat",
            "license": "canary",
            "registrationToken": "canary",
            "smtp": {"enabled": True, "host": "mail", "username": "a", "password": "canary"},
        },
    )
    keys = {"mongodbUrl", "license", "registrationToken", "smtpPassword"}
    assert set(translation.secrets) == keys
    assert "canary" not in str((translation.config, translation.ignored, translation.notes))
    assert translation.config["smtp"] == {"host": "mail", "username": "a"}


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
        ({"service": {"type": "LoadBalancer"}}, {"service": {"type": "LoadBalancer"}}),
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
            {"ingress": {"enabled": False, "ingressClassName": "nginx", "tls": [{"hosts": ["b"]}]}},
            {"ingress": {"enabled": False}},
        ),
        (
            {"resources": {"requests": {"cpu": "1"}}},
            {"services": {"rocketchat": {"resources": {"requests": {"cpu": "1"}}}}},
        ),
        (
            {
                "microservices": {
                    "enabled": False,
                    "presence": {"resources": {"requests": {"cpu": "1"}}},
                }
            },
            {"services": None},
        ),
        (
            {"persistence": {"enabled": True, "size": "20Gi", "accessMode": "ReadWriteMany"}},
            {"uploads": {"size": "20Gi", "accessMode": "ReadWriteMany"}},
        ),
        (
            {"persistence": {"enabled": True, "existingClaim": "old"}},
            {"uploads": {"existingClaim": "old"}},
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
        (
            {"podAnnotations": {"a": "{{ .Release.Name }}"}},
            {"values": {"podAnnotations": {"a": "{{ .Release.Name }}"}}},
        ),
    ],
)
def test_values_become_the_inputs_that_mean_the_same(
    values: dict[str, Any], inputs: dict[str, Any]
) -> None:
    config = translated(values).config
    assert {key: config.get(key) for key in inputs} == inputs
    if "values" not in inputs:
        assert "values" not in config


def test_a_new_row_of_the_table_needs_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        Input("pods.priority_class", helm="priorityClassName"),
        Input("pods.history", helm="history.limit", from_helm=lambda limit, _: int(limit)),
        Input("pods.debug", default=True, helm="debug.verbose"),
        Input("pods.dns", helm="dnsConfig", from_helm=lambda *_: None),
        Input("pods.hosts", helm="hostAliases.items"),
    )
    monkeypatch.setattr(helm_to_inputs, "INPUTS", (*INPUTS, *rows))
    values = {
        "priorityClassName": "high",
        "history": {"limit": "5"},
        "debug": {"verbose": False},
        "dnsConfig": {"options": []},
        "hostAliases": {"enabled": False, "items": ["a"]},
    }
    translation = translate(source(values))
    assert translation.config["pods"] == {"priorityClass": "high", "history": 5, "debug": False}
    assert "dnsConfig: no input says the same; it is left out." in translation.notes


def test_scheduling_stays_where_the_chart_applies_it() -> None:
    translation = translate(
        source(
            {
                "nodeSelector": {"pool": "a"},
                "affinity": {"podAffinity": {}},
                "global": {"nodeSelector": {"pool": "b"}},
                "microservices": {"presence": {"nodeSelector": {"pool": "c"}}},
                "nats": {"nodeSelector": {"pool": "d"}},
                "podAntiAffinity": "soft",
            }
        )
    )
    assert translation.config["nodeSelector"] == {"pool": "b"}
    assert "affinity" not in translation.config
    assert translation.config["services"] == {
        "rocketchat": {"nodeSelector": {"pool": "a"}, "affinity": {"podAffinity": {}}},
        "presence": {"nodeSelector": {"pool": "c"}},
        "nats": {"nodeSelector": {"pool": "d"}},
    }
    assert "podAntiAffinity: soft kept monoliths apart" in str(translation.notes)


def test_a_licence_and_an_extra_secret_are_both_kept() -> None:
    values = {"extraSecret": "chat-env", "extraEnv": [{"name": "C", "value": "c"}]}
    translation = translated({**values, "license": "canary"})
    assert translation.config["values"] == values
    assert translation.secrets == {"license": "canary"}


@pytest.mark.parametrize(
    ("bundled", "transporter", "inputs"),
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
def test_the_transporter_in_a_secret_decides_about_nats(
    *, bundled: bool, transporter: str, inputs: dict[str, Any]
) -> None:
    values = {"nats": {"enabled": bundled, "existingSecret": {"name": "bus", "key": "url"}}}
    translation = translated(values, transporter=transporter)
    keys = ("monolithFeatures", "nats", "natsUrl")
    result = {**translation.config, **translation.secrets}
    assert {key: result[key] for key in keys if key in result} == inputs


def test_several_monoliths_with_an_external_nats_get_no_bundled_one() -> None:
    translation = translated(
        {
            "replicaCount": 2,
            "microservices": {"enabled": False},
            "nats": {"enabled": False, "existingSecret": {"name": "bus", "key": "url"}},
        }
    )
    assert translation.config["replicas"] == {"rocketchat": 2}
    assert "NATS" not in str(translation.notes)


def test_services_without_nats_get_the_bundled_one() -> None:
    translation = translated({"nats": {"enabled": False}})
    assert "the services have no bus at all" in translation.ignored[0]
    assert "replicas" not in translation.config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"host": ""}, "host: is missing"),
        ({"extraEnv": "no list"}, "extraEnv: is a text, and no list"),
        ({"existingMongodbSecret": ""}, "mongodb: the values name none but the bundled one"),
    ],
)
def test_values_without_equivalent_inputs_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ToolError, match=message):
        translated(values)


@pytest.mark.parametrize(
    "tls",
    [
        [{"hosts": ["chat.example.com"]}],
        [{"secretName": "a", "hosts": ["chat.example.com"]}, {"secretName": "b", "hosts": ["b"]}],
    ],
)
def test_certificates_that_no_input_covers_remain_helm_values(tls: list[dict[str, Any]]) -> None:
    ingress = {"enabled": True, "ingressClassName": "nginx", "tls": tls}
    config = translated({"ingress": ingress}).config
    assert config["ingress"] == {"className": "nginx"}
    assert config["values"] == {"ingress": {"tls": tls}}


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
    translation = translated(values, objects=[monolith], as_is=True)
    assert translation.config["mongodbSecret"] == "chat-rocketchat"
    assert translation.config["resilience"] == {"enabled": False}
    assert translation.secrets == {}


def test_the_bundled_mongodb_is_reported_by_the_image_that_runs() -> None:
    values = {"mongodb": {"enabled": True}}
    translation = translated(values, objects=[], mongodb_image="registry.example.com/mongodb:7.0.4")
    assert "It runs registry.example.com/mongodb:7.0.4" in str(translation.notes)


def test_several_monoliths_on_a_volume_of_one_node_are_taken_over_as_they_are() -> None:
    values = {"persistence": {"enabled": True, "size": "10Gi"}}
    running = {"rocketchat": 3}
    translation = translated(values, objects=[], running=running, as_is=True)
    assert "uploads" not in translation.config
    assert "3 monoliths share a volume that only one node mounts" in str(translation.notes)
    with pytest.raises(ToolError, match="or take it over as it is"):
        translated(values, objects=[], running=running)
