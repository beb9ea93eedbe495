"""A stack's config: every key an input, every text its value, and every problem at once."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import config as runtime_config

from components.inputs.args import Mode, MonolithFeatures, RocketChatArgs
from components.inputs.decode import decode
from components.inputs.resolve import SECRETS, resolve
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import parse_config, read_stack_config
from components.naming import camel
from tests.support.components import CANARY, ENCRYPTED, config, problems_of, resolve_config
from tests.support.mock_engine import Engine, Sealed


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param({"createNamespace": "true"}, {"create_namespace": True}, id="true"),
        pytest.param({"createNamespace": "false"}, {"create_namespace": False}, id="false"),
        pytest.param({"replicaCount": "3"}, {"replica_count": 3}, id="a number"),
        pytest.param({"mode": "monolith"}, {"mode": Mode.MONOLITH}, id="a word"),
        pytest.param(
            {"monolithFeatures": "enabled"},
            {"monolith_features": MonolithFeatures.ENABLED},
            id="another word",
        ),
        pytest.param(
            {"replicas": '{"ddpStreamer": 4, "nats": 3.0}'},
            {"replicas": {"ddp_streamer": 4, "nats": 3}},
            id="a group",
        ),
        pytest.param(
            {"services": '{"ddpStreamer": {"resources": {"limits": {"cpu": 2, "memory": "1Gi"}}}}'},
            {
                "services": {
                    "ddp_streamer": {"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}
                }
            },
            id="a group in a group",
        ),
        pytest.param(
            {"ingress": '{"annotations": {"a.example.com/some_key": "x", "camelCase": "y"}}'},
            {"ingress": {"annotations": {"a.example.com/some_key": "x", "camelCase": "y"}}},
            id="keys that are the author's own",
        ),
        pytest.param(
            {"values": '{"podLabels": {"my_key": null}}'},
            {"values": {"podLabels": {"my_key": None}}},
            id="values as they are",
        ),
        pytest.param(
            {"monitoringNamespace": "123"},
            {"monitoring_namespace": "123"},
            id="digits for a text",
        ),
        pytest.param(
            {"monitoringNamespace": "true"},
            {"monitoring_namespace": "true"},
            id="true for a text",
        ),
    ],
)
def test_a_text_becomes_the_input_that_it_stands_for(
    given_: dict[str, str], expected: dict[str, Any]
) -> None:
    parsed = parse_config(config(**given_), ())
    found = decode(parsed.args, RocketChatArgs, parsed.errors)
    parsed.errors.raise_if_any()
    assert found == {"host": "chat.example.com", "mongodb_secret": "chat-mongodb", **expected}


def test_an_empty_text_or_group_is_as_good_as_nothing() -> None:
    empty = {
        camel(name): text
        for name in RocketChatArgs.__annotations__
        for text in ("", "{}")
        if name not in ("host", "mongodb_secret")
    }
    assert parse_config(config(**empty), ()).args == parse_config(config(), ()).args


ALLOWED = "allowed is an integer."


@pytest.mark.parametrize(
    ("given_", "reported"),
    [
        pytest.param(
            {"replicaCount": "2.5"}, f'replicaCount: got "2.5"; {ALLOWED}', id="a fraction"
        ),
        pytest.param({"replicaCount": "2x"}, f'replicaCount: got "2x"; {ALLOWED}', id="a text"),
        pytest.param({"replicaCount": "true"}, f'replicaCount: got "true"; {ALLOWED}', id="true"),
        pytest.param({"replicaCount": "null"}, f'replicaCount: got "null"; {ALLOWED}', id="null"),
        pytest.param({"replicaCount": "nan"}, f'replicaCount: got "nan"; {ALLOWED}', id="nan"),
        pytest.param({"replicaCount": "1e3"}, f'replicaCount: got "1e3"; {ALLOWED}', id="1e3"),
        pytest.param({"replicaCount": " 2"}, f'replicaCount: got " 2"; {ALLOWED}', id="a space"),
        pytest.param(
            {"replicaCount": "\u0663"},
            f'replicaCount: got "\u0663"; {ALLOWED}',
            id="an Arabic digit",
        ),
        pytest.param(
            {"replicaCount": "9" * 5000},
            f'replicaCount: got "{"9" * 58}…; {ALLOWED}',
            id="thousands of digits",
        ),
        pytest.param(
            {"replicaCount": "[3]"}, f'replicaCount: got "[3]"; {ALLOWED}', id="a list for a number"
        ),
        pytest.param(
            {"replicas": '{"presence": 1e309}'},
            f"replicas.presence: got Infinity; {ALLOWED}",
            id="beyond floats",
        ),
        pytest.param(
            {"replicas": '{"presence": NaN}'},
            f"replicas.presence: got NaN; {ALLOWED}",
            id="no number",
        ),
        pytest.param(
            {"replicas": '{"presence": "2"}'},
            f'replicas.presence: got "2"; {ALLOWED}',
            id="a text in a group",
        ),
        pytest.param(
            {"smtp": "[1, 2]"},
            "smtp: got [1, 2]; allowed is an object of host, port, username, existingSecret,"
            " existingSecretKey.",
            id="a list for a group",
        ),
        pytest.param(
            {"smtp": "null"},
            'smtp: got "null"; allowed is an object of host, port, username, existingSecret,'
            " existingSecretKey.",
            id="null for a group",
        ),
        pytest.param(
            {"smtp": '{"host": '},
            """smtp: got "{\\"host\\": "; allowed is an object of host, port, username,"""
            " existingSecret, existingSecretKey.",
            id="broken JSON",
        ),
        pytest.param(
            {"smtp": "[" * 100_000},
            f'smtp: got "{"[" * 58}…; allowed is an object of host, port, username,'
            " existingSecret, existingSecretKey.",
            id="too deep for JSON",
        ),
        pytest.param(
            {"createNamespace": "yes"},
            'createNamespace: got "yes"; allowed is true or false.',
            id="yes",
        ),
        pytest.param(
            {"mode": '{"a": 1}'},
            'mode: got {"a": 1}; allowed is microservices or monolith.',
            id="a group for a word",
        ),
        pytest.param(
            {"values": "text"}, 'values: got "text"; allowed is an object.', id="a text for values"
        ),
        pytest.param(
            {"replica_count": "3"},
            "replica_count: no such key. Did you mean replicaCount?",
            id="snake_case",
        ),
        pytest.param(
            {"mongodbURL": "x"},
            "mongodbURL: no such key. Did you mean mongodbUrl?",
            id="a key in caps",
        ),
    ],
)
def test_a_text_that_stands_for_nothing_is_reported(given_: dict[str, str], reported: str) -> None:
    assert problems_of(lambda: resolve_config(config(**given_), ())) == [reported]


def _deep(levels: int) -> str:
    return '{"presence":' + "[" * levels + "]" * levels + "}"


@pytest.mark.parametrize("levels", [10, 400, *range(900, 1000, 3), 5000])
def test_junk_of_any_depth_is_reported(levels: int) -> None:
    (reported,) = problems_of(lambda: resolve_config(config(replicas=_deep(levels)), ()))
    deep = "replicas: is nested more than 50 deep."
    assert reported.startswith(("replicas.presence: got ", "replicas: got ", deep))
    assert len(reported) < 300


def test_every_problem_is_reported_at_once_those_of_secrets_first() -> None:
    wrong = {
        "mongodbUrl": f"mongodb://user:{CANARY}@db",
        "smtpPassword": CANARY,
        "replicaCount": "0",
        "Mode": "monolith",
        "releaseName": "nats",
    }
    plain = (
        "{0}: is a secret, and the config holds it in plain text. Run `pulumi config set --secret"
        " {0}`, and change it where it comes from, since it has been written."
    )
    found = problems_of(lambda: resolve_config(config(**wrong), ()))
    assert sorted(found[:2]) == [plain.format("mongodbUrl"), plain.format("smtpPassword")]
    assert {line.split(":")[0] for line in found} == {*wrong}
    assert CANARY not in str(found)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_plain_text_is_refused_and_not_shown(name: str) -> None:
    found = problems_of(lambda: resolve_config(config(**{camel(name): f"nats://{CANARY}"}), ()))
    assert found[0].startswith(f"{camel(name)}: is a secret, and the config holds it in plain text")
    assert CANARY not in str(found)


URLS = {"mongodbUrl": "mongodb://db", "natsUrl": "nats://bus"}


def test_secrets_come_out_as_secret_outputs(engine: Engine) -> None:
    texts = {camel(name): URLS.get(camel(name), f"text of {name}") for name in SECRETS}
    given_ = {"host": "chat.example.com", "smtp": '{"host": "m", "username": "u"}', **texts}

    def secret(name: str) -> object:
        return resolve_config(given_, ENCRYPTED).args.get(name)

    found = {name: engine.read(partial(secret, name)) for name in SECRETS}
    assert found == {name: Sealed(texts[camel(name)]) for name in SECRETS}


@pytest.fixture
def stack_config(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the engine tells a program of its stack's config."""
    for name in ("PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS"):
        monkeypatch.delenv(name, raising=False)
    runtime_config.set_all_config({}, [])

    def set_(values: dict[str, str], secrets: list[str], *, by: str) -> None:
        if by == "environment":
            monkeypatch.setenv("PULUMI_CONFIG", json.dumps(values))
            monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(secrets))
        else:
            runtime_config.set_all_config(values, secrets)

    return set_


@pytest.mark.parametrize("by", ["environment", "call"])
def test_the_config_of_the_project_is_read_whole(
    stack_config: Callable[..., None], by: str
) -> None:
    values = {
        "rocketchat:host": "chat.example.com",
        "rocketchat:mongodbUrl": "mongodb://db",
        "rocketchat:replicas": '{"presence": 2}',
        "kubernetes:context": "elsewhere",
        "rocketchats:colour": "red",
    }
    stack_config(values, ["rocketchat:mongodbUrl", "kubernetes:token"], by=by)
    found = read_stack_config("rocketchat")
    assert set(found.args) == {"host", "mongodbUrl", "replicas"}
    assert found.args["replicas"] == {"presence": 2}


def _resolve_stack_config() -> WorkspaceSpec:
    found = read_stack_config("rocketchat")
    return resolve(found.args, found.errors)


@pytest.mark.parametrize("by", ["environment", "call"])
def test_problems_of_the_config_are_reported_by_its_keys(
    stack_config: Callable[..., None], by: str
) -> None:
    values = {
        "rocketchat:mongodbUrl": "mongodb://db",
        "rocketchat:colour": "red",
        "rocketchat:license": CANARY,
    }
    stack_config(values, ["rocketchat:mongodbUrl"], by=by)
    found = problems_of(_resolve_stack_config)
    assert [line.split(":")[0] for line in found] == ["license", "colour", "host"]


keys = st.sampled_from(sorted(map(camel, RocketChatArgs.__annotations__))) | st.text(max_size=8)
texts = st.text(max_size=12)
words = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
).map(json.dumps)


@given(given_=st.dictionaries(keys, words | texts, max_size=6), encrypted=st.sets(keys))
def test_no_config_ends_in_anything_but_inputs_or_problems(
    given_: dict[str, str], encrypted: set[str]
) -> None:
    try:
        reported = str(sorted(resolve_config({**config(), **given_}, encrypted).args))
    except pulumi.RunError as error:
        reported = str(error)
    assert reported.startswith("['") or "in the inputs; nothing was changed:\n  - " in reported


@pytest.mark.parametrize("key", ["values", "affinity"])
def test_what_is_encrypted_and_would_end_in_plain_sight_is_refused_and_not_shown(key: str) -> None:
    given_ = config(**{key: json.dumps({"podLabels": CANARY, "nodeAffinity": CANARY})})
    (reported,) = problems_of(lambda: resolve_config(given_, {*ENCRYPTED, key}))
    assert reported.startswith(f"{key}: is encrypted, but ends up in plain sight")
    assert CANARY not in reported


def test_a_host_that_is_encrypted_is_reported_once() -> None:
    (reported,) = problems_of(lambda: resolve_config(config(), {*ENCRYPTED, "host"}))
    assert reported.startswith("host: is encrypted")
