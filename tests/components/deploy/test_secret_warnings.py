"""What existing Secrets hold, as far as they can be read."""

from typing import Any

import pulumi
import pytest

from components.deploy.secret_warnings import read_secrets, secret_warnings
from components.inputs.resolve import resolve
from tests.support.components import CANARY, inputs

LICENSE = (
    "license: none given. Rocket.Chat stops surplus instances of a workspace without one; ignore"
    " this where the workspace already holds its licence."
)
MONGODB = {"chat-mongodb": {"mongo-uri": "mongodb://db/rocketchat"}}


def _reported(args: dict[str, Any], secrets: dict[str, dict[str, str]]) -> list[str]:
    return list(secret_warnings(resolve(inputs(**args)), secrets))


@pytest.mark.parametrize(
    ("args", "secrets", "reported"),
    [
        pytest.param({}, {}, [LICENSE], id="microservices without a licence"),
        pytest.param({"license": "L"}, {}, [], id="a licence"),
        pytest.param({"license": pulumi.Output.secret("L")}, {}, [], id="a licence that is late"),
        pytest.param({"mode": "monolith"}, {}, [], id="one monolith needs none"),
        pytest.param({"mode": "monolith", "replica_count": 2}, {}, [LICENSE], id="two do"),
        pytest.param({"license_secret": "own"}, {}, [], id="a Secret that can't be read"),
        pytest.param(
            {"license_secret": "own"}, {"own": {"ROCKETCHAT_LICENSE": "L"}}, [], id="a Secret"
        ),
        pytest.param(
            {"license_secret": "own"},
            {"own": {"a": "L", "b": "L"}},
            [
                (
                    "license_secret: Secret own has no key ROCKETCHAT_LICENSE (it has a, b), so"
                    " that pods won't start"
                )
            ],
            id="a Secret with other keys",
        ),
        pytest.param(
            {"values": {"extraSecret": "extra"}},
            {"extra": {"ROCKETCHAT_LICENSE": "L"}},
            [],
            id="a licence among other variables",
        ),
        pytest.param(
            {"values": {"extraSecret": "extra"}},
            {"extra": {"ADMIN_PASS": "x"}},
            [LICENSE],
            id="none among other variables",
        ),
    ],
)
def test_a_missing_licence_is_reported(
    args: dict[str, Any], secrets: dict[str, dict[str, str]], reported: list[str]
) -> None:
    assert _reported(args, secrets) == reported


@pytest.mark.parametrize(
    ("args", "secrets", "reported"),
    [
        pytest.param({}, MONGODB, None, id="MongoDB's URL"),
        pytest.param({}, {"chat-mongodb": {"url": CANARY}}, "has no key mongo-uri", id="a key"),
        pytest.param(
            {"mongodb_secret_key": "connectionString.standard"},
            {"chat-mongodb": {"connectionString.standard": f"mongodb://u:{CANARY}@db/admin?x=y"}},
            "mongodb_secret: Secret chat-mongodb holds a URL that names the database `admin`",
            id="the operator's URL",
        ),
        pytest.param(
            {},
            {"chat-mongodb": {"mongo-uri": f"https://{CANARY}"}},
            "holds a URL that isn't a URL that begins with mongodb://",
            id="another URL",
        ),
        pytest.param(
            {"mongodb_options": {"w": "majority"}},
            MONGODB,
            "holds a URL that mongodb_options can't be appended to",
            id="options without a question mark",
        ),
        pytest.param(
            {"mongodb_options": {"w": "majority"}},
            {"chat-mongodb": {"mongo-uri": "mongodb://db/rocketchat?ssl=true"}},
            None,
            id="options",
        ),
        pytest.param(
            {"nats": {"existing_secret": {"name": "bus", "key": "url"}}},
            {"bus": {"url": f"nats://rc:{CANARY}%2F@bus"}},
            "nats.existing_secret: Secret bus holds a URL that has a login",
            id="NATS",
        ),
        pytest.param(
            {"smtp": {"existing_secret": "mail", "existing_secret_key": "url"}},
            {"mail": {"mail-url": CANARY}},
            "smtp.existing_secret: Secret mail has no key url (it has mail-url)",
            id="the mail server's key",
        ),
    ],
)
def test_what_a_secret_holds_is_reported_without_showing_it(
    args: dict[str, Any], secrets: dict[str, dict[str, str]], reported: str | None
) -> None:
    warnings = _reported({"license": "L", **args}, secrets)
    assert len(warnings) == (reported is not None)
    for warning in warnings:
        assert reported is not None
        assert reported in warning
        assert CANARY not in warning


def test_only_the_secrets_that_inputs_name_are_read() -> None:
    everything = {
        "license_secret": "own",
        "nats": {"existing_secret": {"name": "bus", "key": "url"}},
        "smtp": {"existing_secret": "mail"},
        "values": {"extraSecret": "extra"},
    }
    assert read_secrets(resolve(inputs())) == ["chat-mongodb"]
    names = ["chat-mongodb", "bus", "own", "mail", "extra"]
    assert read_secrets(resolve(inputs(**everything))) == names
    ours = {"host": "a.example.com", "mongodb_url": "mongodb://db/x", "nats_url": "nats://bus"}
    assert read_secrets(resolve(ours)) == []
