"""Environment variables: what is refused, what is secret, and what is warned about."""

from typing import Any

import pulumi
import pytest

from components.deploy.secrets import secrets_of
from components.inputs.resolve import resolve
from components.inputs.stack_config import parse_config
from components.manifests.variables import keep_last_entries, variable_entries
from components.services import BY_NAME, NATS, ROCKETCHAT
from tests.support.components import CANARY, inputs, problems_of
from tests.support.mock_engine import Engine

REFERENCE = {"name": "keys", "key": "secret"}


@pytest.mark.parametrize(
    ("args", "reported"),
    [
        ({"variables": {"1A": "x"}}, "variables: got"),
        ({"variables": {"ROOT_URL": "x"}}, "ROOT_URL belongs to an input. Use root_url."),
        ({"variables": {"TRANSPORTER": "x"}}, "TRANSPORTER belongs to an input. Use nats"),
        ({"variables_from": {"MONGO_URL": REFERENCE}}, "MONGO_URL belongs to an input"),
        ({"variables": {"PORT": "1"}}, "PORT is the program's own"),
        (
            {"services": {"presence": {"variables": {"NATS_URL": "x"}}}},
            "services.presence.variables: NATS_URL belongs to an input",
        ),
        (
            {"variables": {"A": "x"}, "variables_from": {"A": REFERENCE}},
            "A is in variables_from, too. Remove one.",
        ),
        ({"variables_from": {"A": {"name": "Bad", "key": "k"}}}, "the name of a Secret"),
        ({"variables": {"A": 5.5}}, "variables.A: is a secret, and has to be a string"),
    ],
)
def test_a_variable_that_is_not_the_operators_is_refused(
    args: dict[str, Any], reported: str
) -> None:
    (problem,) = problems_of(lambda: resolve(inputs(**args)))
    assert reported in problem


def test_a_variable_of_one_service_wins_over_that_of_all() -> None:
    spec = resolve(
        inputs(
            variables={"TZ": "Europe/Berlin", "A": "$(B) {{ x }}"},
            services={"presence": {"variables": {"TZ": "UTC"}}, "nats": {"variables": {"C": "c"}}},
            variables_from={"KEY": REFERENCE},
        )
    )
    key = {"name": "KEY", "valueFrom": {"secretKeyRef": REFERENCE}}
    # Kubernetes would put another variable in the place of $(B).
    literal = {"name": "A", "value": "$$(B) {{ x }}"}
    berlin = {"name": "TZ", "value": "Europe/Berlin"}
    assert variable_entries(spec, ROCKETCHAT) == [berlin, literal, key]
    own = {"name": "TZ", "value": "UTC"}
    assert variable_entries(spec, BY_NAME["presence"]) == [own, literal, key]
    assert variable_entries(spec, NATS) == [{"name": "C", "value": "c"}]


def test_what_is_secret_is_in_a_secret(engine: Engine) -> None:
    spec = resolve(
        inputs(
            variables={"PLAIN": "x", "SECRET": pulumi.Output.secret(CANARY)},
            services={"ddp_streamer": {"variables": {"OWN": pulumi.Output.secret("own")}}},
        )
    )
    data = engine.read(lambda: {item.name: {**item.data} for item in secrets_of(spec)}).value
    assert data == {
        "chat-variables": {"SECRET": CANARY},
        "chat-ddp-streamer-variables": {"OWN": "own"},
    }
    reference = {"name": "chat-variables", "key": "SECRET"}
    entries = {entry["name"]: entry for entry in variable_entries(spec, ROCKETCHAT)}
    assert entries["SECRET"]["valueFrom"] == {"secretKeyRef": reference}
    assert CANARY not in str(entries)


@pytest.mark.parametrize("key", ["variables", "services"])
def test_what_the_config_encrypts_stays_secret(key: str) -> None:
    texts = {
        "host": "chat.example.com",
        "mongodbSecret": "db",
        "variables": '{"A": "CANARY"}',
        "services": '{"account": {"variables": {"A": "CANARY"}, "resources": {}}}',
    }
    config = parse_config({name: texts[name] for name in ("host", "mongodbSecret", key)}, [key])
    spec = resolve(config.args, config.errors)
    (secret,) = secrets_of(spec)
    assert list(secret.data) == ["A"]
    assert "CANARY" not in str(config.args)


def test_an_encrypted_value_is_shown_in_no_error() -> None:
    texts = {"host": "a.b", "mongodbSecret": "db", "variables": '{"PORT": "CANARY", "1": "CANARY"}'}
    config = parse_config(texts, ["variables"])
    assert "CANARY" not in str(problems_of(lambda: resolve(config.args, config.errors)))


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({"HTTPS_PROXY": "http://p"}, True),
        ({"https_proxy": "http://p", "no_proxy": "localhost,127.0.0.1"}, True),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "localhost,.svc"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": ".cluster.local"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, False),
        ({"NO_PROXY": "localhost"}, False),
    ],
)
def test_a_proxy_that_gets_the_clusters_own_calls_is_reported(
    variables: dict[str, str], *, warned: bool
) -> None:
    warnings = resolve(inputs(variables=variables)).warnings
    assert any("NO_PROXY lacks the cluster's own names" in line for line in warnings) is warned


def test_of_several_entries_for_a_variable_the_last_is_kept() -> None:
    container = {"env": [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]}
    keep_last_entries(container)
    assert container == {"env": [{"name": "A", "value": "2"}, {"name": "B"}]}
