"""The Secrets that the component creates, and the digests of their data."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.deploy.secrets import SecretData, digest_of, secrets_of
from components.inputs.resolve import SECRETS, resolve
from components.inputs.spec import SecretKey
from tests.support.components import CANARY, inputs, refusal
from tests.support.mock_engine import Engine, Sealed


def _created(args: dict[str, Any]) -> dict[str, dict[str, pulumi.Input[str]]]:
    return {secret.name: {**secret.data} for secret in secrets_of(resolve(args))}


MAIL = {"host": "mail.example.com", "username": "u"}
MINIMAL = {"host": "chat.example.com", "mongodb_url": "mongodb://u:p@db/rocketchat"}


@pytest.mark.parametrize(
    ("args", "secrets"),
    [
        pytest.param(inputs(), {}, id="none"),
        pytest.param(
            MINIMAL,
            {"chat-mongodb-url": {"mongo-uri": "mongodb://u:p@db/rocketchat"}},
            id="MongoDB",
        ),
        pytest.param(
            inputs(nats_url="nats://u:p@bus:4222"),
            {"chat-nats-url": {"url": "nats://u:p@bus:4222"}},
            id="NATS",
        ),
        pytest.param(
            inputs(nats={"existing_secret": {"name": "bus", "key": "url"}}),
            {},
            id="an existing Secret for NATS",
        ),
        pytest.param(
            inputs(license="L", release_name="talk"),
            {"talk-environment": {"ROCKETCHAT_LICENSE": "L"}},
            id="licence",
        ),
        pytest.param(
            inputs(license="L", registration_token="T"),
            {"chat-environment": {"ROCKETCHAT_LICENSE": "L", "REG_TOKEN": "T"}},
            id="licence and token",
        ),
        pytest.param(
            inputs(registration_token="T"), {"chat-environment": {"REG_TOKEN": "T"}}, id="token"
        ),
        pytest.param(
            inputs(smtp=MAIL, smtp_password="a b"),
            {"chat-smtp": {"mail-url": "smtp://u:a%20b@mail.example.com:587"}},
            id="mail",
        ),
        pytest.param(
            inputs(smtp={"host": "mail.example.com", "port": 25}),
            {"chat-smtp": {"mail-url": "smtp://mail.example.com:25"}},
            id="mail without a login",
        ),
        pytest.param(
            inputs(smtp={"existing_secret": "mail"}), {}, id="an existing Secret for mail"
        ),
    ],
)
def test_a_secret_is_created_for_each_secret_input(
    engine: Engine, args: dict[str, Any], secrets: dict[str, dict[str, str]]
) -> None:
    created = engine.read(lambda: _created(args))
    assert created == (Sealed(secrets) if any(name in args for name in SECRETS) else secrets)


def test_secrets_can_be_outputs(engine: Engine) -> None:
    outputs = {key: pulumi.Output.secret(text) for key, text in MINIMAL.items() if key != "host"}
    token = pulumi.Output.secret("T")
    args = {"host": "chat.example.com", **outputs, "registration_token": token}
    assert engine.read(lambda: _created(args)) == Sealed(
        {
            "chat-mongodb-url": {"mongo-uri": MINIMAL["mongodb_url"]},
            "chat-environment": {"REG_TOKEN": "T"},
        },
    )


@pytest.mark.parametrize(
    ("name", "begins", "remedy"),
    [
        (
            "mongodb_url",
            "mongodb:// or mongodb+srv://",
            "Check it, and write special characters in its user name and password as %XX.",
        ),
        (
            "nats_url",
            "nats:// (never monolith+)",
            "Check it.",
        ),
    ],
)
def test_an_output_with_an_invalid_url_is_refused_and_not_shown(
    engine: Engine, name: str, begins: str, remedy: str
) -> None:
    outputs = {name: pulumi.Output.secret(f"http://{CANARY}")}
    other = {} if name == "mongodb_url" else {"mongodb_secret": "chat-mongodb"}
    message = refusal(
        lambda: engine.read(lambda: _created({"host": "a.example.com", **other, **outputs}))
    )
    assert message == (
        f"{name}: isn't a URL that begins with {begins} and has no spaces; it isn't shown here."
        f" {remedy}"
    )


@pytest.mark.parametrize("name", ["license", "registration_token"])
def test_an_output_with_a_control_character_is_refused_and_not_shown(
    engine: Engine, name: str
) -> None:
    outputs = {name: pulumi.Output.secret(f"{CANARY}\0")}
    message = refusal(lambda: engine.read(lambda: _created(inputs(**outputs))))
    assert message == (
        f"{name}: contains a control character, which a pod can't be given; it isn't shown here."
        " Set it anew."
    )
    multiline = {name: pulumi.Output.secret("a\r\n\tb")}
    (value,) = engine.read(lambda: _created(inputs(**multiline))).value["chat-environment"].values()
    assert value == "a\r\n\tb"


@pytest.mark.parametrize(
    ("args", "environment", "mail"),
    [
        ({}, None, None),
        ({"license": "L"}, "chat-environment", None),
        ({"registration_token": "T"}, "chat-environment", None),
        ({"smtp": {"existing_secret": "mail"}}, None, ("mail", "mail-url")),
        (
            {"smtp": {"existing_secret": "mail", "existing_secret_key": "url"}},
            None,
            ("mail", "url"),
        ),
        ({"smtp": {"host": "m"}, "release_name": "talk"}, None, ("talk-smtp", "mail-url")),
    ],
)
def test_a_secret_is_named_after_the_release_or_is_the_operators(
    args: dict[str, Any], environment: str | None, mail: tuple[str, str] | None
) -> None:
    spec = resolve(inputs(**args))
    assert spec.environment_secret == environment
    assert spec.mail == (mail and SecretKey(*mail))


def test_the_options_of_mongodb_are_in_the_secret_with_its_url(engine: Engine) -> None:
    args = {**MINIMAL, "mongodb_options": {"readPreference": "secondaryPreferred"}}
    created = engine.read(lambda: _created(args)).value
    assert created == {
        "chat-mongodb-url": {
            "mongo-uri": "mongodb://u:p@db/rocketchat?readPreference=secondaryPreferred"
        }
    }


def test_the_bundled_nats_gets_a_password_that_is_a_string_to_it() -> None:
    passwords = set()
    for _ in range(20):
        (secret,) = secrets_of(resolve(inputs(nats={"authentication": True})))
        assert (secret.name, secret.drawn) == ("chat-nats-password", True)
        passwords.add(str(secret.data["password"]))
    assert len(passwords) == 20
    assert all(re.fullmatch("[a-z][0-9a-f]{48}", password) for password in passwords)


Digest = Callable[..., str]


@pytest.fixture
def digest(engine: Engine) -> Digest:
    """Returns the digest of a Secret, which itself is no secret."""

    def run(data: dict[str, pulumi.Input[str]], name: str = "s", namespace: str = "n") -> str:
        found = engine.read(lambda: digest_of(SecretData(name, data), namespace))
        assert isinstance(found, str)
        return found

    return run


def test_a_digest_changes_with_the_data_the_name_and_the_namespace_of_the_secret(
    digest: Digest,
) -> None:
    found = [
        digest({"key": "value"}),
        digest({"key": "values"}),
        digest({"keys": "value"}),
        digest({"key": "value", "other": ""}),
        digest({"key": "value"}, name="t"),
        digest({"key": "value"}, namespace="m"),
    ]
    assert len(set(found)) == len(found)


def test_a_digest_does_not_depend_on_the_order_of_the_data(digest: Digest) -> None:
    one = digest({"a": "1", "b": "2"})
    assert one == digest({"b": "2", "a": pulumi.Output.secret("1")})
    assert len(one) == 32
    assert int(one, 16)


def test_a_digest_is_no_plain_hash_and_does_not_contain_the_secret(digest: Digest) -> None:
    text = "short"
    found = digest({"key": text})
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        for hashed in (text, f"key\0{text}", f"n/s{text}", f"n/skey\0{text}"):
            plain = hashlib.new(algorithm, hashed.encode(), usedforsecurity=False).hexdigest()
            assert found != plain[:32]
    assert text.encode().hex() not in found
