"""The Helm values for a workspace, compared with those of recorded renderings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.chart.values import helm_values, merge_values
from components.inputs.resolve import resolve
from tests.support.components import CANARY, CASES, OFF, TLS, complete, inputs, kept_values


def _values(**args: Any) -> dict[str, Any]:  # noqa: ANN401 - any input
    return helm_values(resolve(inputs(**args)))


@pytest.mark.parametrize("case", CASES)
def test_values_equal_those_of_the_recorded_rendering(case: str) -> None:
    assert complete(_values(**CASES[case])) == complete(kept_values(case))


def test_a_single_monolith_has_no_nats() -> None:
    values = complete(_values(mode="monolith", **OFF))
    kept = complete(kept_values("monolith-alone"))
    assert (kept["nats"].pop("enabled"), values["nats"].pop("enabled")) == (True, False)
    assert values == kept


def test_everything_that_matters_is_set_explicitly() -> None:
    assert _values() == {
        "host": "chat.example.com",
        "replicaCount": 1,
        "microservices": {
            "enabled": True,
            "presence": {"replicas": 1},
            "ddpStreamer": {"replicas": 1},
            "account": {"replicas": 1},
            "authorization": {"replicas": 1},
        },
        "nats": {"enabled": True, "cluster": {"replicas": 2}},
        "mongodb": {"enabled": False, "serviceMonitor": {"enabled": False}},
        "existingMongodbSecret": "chat-mongodb",
        "service": {"type": "ClusterIP", "port": 80},
        "ingress": {"enabled": True},
    }


RESOURCES = {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param({"replica_count": 4}, {"replicaCount": 4}, id="replicas of the monolith"),
        pytest.param(
            {"replica_count": 4},
            {"nats": {"enabled": True, "cluster": {"replicas": 4}}},
            id="replicas of NATS",
        ),
        pytest.param(
            {"nats": {"existing_secret": {"name": "bus", "key": "address"}}},
            {"nats": {"enabled": False, "existingSecret": {"name": "bus", "key": "address"}}},
            id="an external NATS",
        ),
        pytest.param(
            {"mode": "monolith"},
            {"microservices": {"enabled": False}, "nats": {"enabled": False}},
            id="a single monolith has no bus",
        ),
        pytest.param(
            {"services": {"rocketchat": {"resources": RESOURCES}}},
            {"resources": RESOURCES},
            id="resources",
        ),
        pytest.param(
            {"services": {"nats": {"resources": RESOURCES}}},
            {
                "nats": {
                    "enabled": True,
                    "cluster": {"replicas": 2},
                    "nats": {"resources": RESOURCES},
                },
            },
            id="resources of NATS",
        ),
        pytest.param({"image": {"tag": "8.6.0"}}, {"image": {"tag": "8.6.0"}}, id="a tag"),
        pytest.param(
            {"service": {"type": "LoadBalancer", "port": 8080}},
            {"service": {"type": "LoadBalancer", "port": 8080}, "ingress": {"enabled": False}},
            id="a load balancer",
        ),
        pytest.param(
            {"ingress": TLS},
            {
                "ingress": {
                    "enabled": True,
                    "ingressClassName": "nginx",
                    "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
                    "tls": [{"secretName": "chat-tls", "hosts": ["chat.example.com"]}],
                },
            },
            id="an ingress",
        ),
        pytest.param(
            {"uploads": {"size": "20Gi"}},
            {
                "persistence": {
                    "enabled": True,
                    "size": "20Gi",
                    "accessMode": "ReadWriteOnce",
                },
            },
            id="uploads",
        ),
        pytest.param(
            {
                "uploads": {
                    "size": "20Gi",
                    "access_mode": "ReadWriteMany",
                    "storage_class": "nfs",
                },
            },
            {
                "persistence": {
                    "enabled": True,
                    "size": "20Gi",
                    "accessMode": "ReadWriteMany",
                    "storageClass": "nfs",
                },
            },
            id="shared uploads",
        ),
        pytest.param(
            {"smtp": {"existing_secret": "mail"}},
            {"smtp": {"enabled": True, "existingSecret": "mail"}},
            id="mail",
        ),
    ],
)
def test_an_input_sets_its_value(args: dict[str, Any], expected: dict[str, Any]) -> None:
    values = _values(**args)
    assert {key: values[key] for key in expected} == expected


def test_the_values_of_a_service_are_merged() -> None:
    values = _values(
        replicas={"ddp_streamer": 3}, services={"ddp_streamer": {"resources": RESOURCES}}
    )
    assert values["microservices"]["ddpStreamer"] == {"replicas": 3, "resources": RESOURCES}


def test_a_service_that_does_not_run_has_no_values() -> None:
    values = _values(
        mode="monolith", services={name: {"resources": RESOURCES} for name in ("presence", "nats")}
    )
    assert values["microservices"] == {"enabled": False}
    assert values["nats"] == {"enabled": False}


def test_the_values_contain_only_the_names_of_secrets() -> None:
    secrets = {
        "mongodb_secret": None,
        "mongodb_url": f"mongodb://u:{CANARY}@db",
        "nats_url": f"nats://u:{CANARY}@bus",
        "license": CANARY,
        "registration_token": CANARY,
        "smtp": {"host": "mail.example.com", "username": "u"},
        "smtp_password": CANARY,
    }
    values = _values(**secrets)
    assert CANARY not in str(values)
    assert values["existingMongodbSecret"] == "chat-mongodb-url"
    assert values["nats"]["existingSecret"] == {"name": "chat-nats-url", "key": "url"}
    assert "extraSecret" not in values
    assert values["smtp"] == {"enabled": True, "existingSecret": "chat-smtp"}
    assert values.keys().isdisjoint({"license", "registrationToken", "externalMongodbUrl"})


def test_the_operators_values_are_merged_last() -> None:
    overrides = {
        "podLabels": {"team": "chat"},
        "microservices": {"presence": {"nodeSelector": {"disk": "ssd"}}, "logLevel": "debug"},
        "ingress": {"path": "/chat"},
    }
    values = _values(values=overrides, replicas={"presence": 2})
    assert values["podLabels"] == {"team": "chat"}
    assert values["microservices"]["presence"] == {"replicas": 2, "nodeSelector": {"disk": "ssd"}}
    assert values["microservices"]["logLevel"] == "debug"
    assert values["ingress"] == {"enabled": True, "path": "/chat"}


def test_the_operators_values_override_those_that_no_input_decides() -> None:
    values = _values(values={"mongodb": {"serviceMonitor": {"enabled": True}}})
    assert values["mongodb"] == {"enabled": False, "serviceMonitor": {"enabled": True}}


objects = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers() | st.none(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers(), max_size=3),
    max_leaves=6,
)


@given(values=objects, overrides=objects)
def test_overrides_win_and_the_rest_is_unchanged(
    values: dict[str, Any], overrides: dict[str, Any]
) -> None:
    before = (repr(values), repr(overrides))
    merged = merge_values(values, overrides)
    assert merged.keys() == values.keys() | overrides.keys()
    for key in merged:
        below, above = values.get(key), overrides.get(key)
        if isinstance(below, dict) and isinstance(above, dict):
            assert merged[key] == merge_values(below, above)
        else:
            assert merged[key] == (above if key in overrides else below)
    assert (repr(values), repr(overrides)) == before


def test_an_array_is_replaced_as_a_whole() -> None:
    assert merge_values({"a": [1, 2], "b": {"c": 1}}, {"a": [3], "b": {"d": 2}}) == {
        "a": [3],
        "b": {"c": 1, "d": 2},
    }
