"""The Secrets that the component makes, and the digests of what is in them."""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import pulumi
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.deploy.secrets import SecretData, digest_of, mail_url, secrets_of
from components.inputs.spec import SECRETS, Smtp, resolve
from tests.support.components import CANARY, inputs, refusal
from tests.support.mock_engine import Engine, Sealed

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(username=words, password=words, port=st.integers(1, 65535))
@example(username="chat@example.com", password="a:b/c%d#e f?g&h=i[j]\\k", port=587)
@example(username="%40", password="%2F %25", port=25)
@example(username="größe", password="密码 🔑", port=465)
def test_a_mail_login_survives_its_url(username: str, password: str, port: int) -> None:
    smtp = Smtp(host="mail.example.com", port=port, username=username)
    url = urlsplit(mail_url(smtp, password))
    assert unquote(url.username or "") == username
    assert unquote(url.password or "") == password
    assert (url.scheme, url.hostname, url.port) == ("smtp", "mail.example.com", port)
    assert (url.path, url.query, url.fragment) == ("", "", "")


@pytest.mark.parametrize(
    ("smtp", "password", "url"),
    [
        (Smtp(host="mail.example.com"), None, "smtp://mail.example.com:587"),
        (Smtp(host="[2001:db8::1]", port=25), None, "smtp://[2001:db8::1]:25"),
        (
            Smtp(host="mail.example.com", username="chat@example.com"),
            "p@ss:w/rd %#",
            "smtp://chat%40example.com:p%40ss%3Aw%2Frd%20%25%23@mail.example.com:587",
        ),
    ],
)
def test_a_mail_url_has_a_login_where_there_is_one(
    smtp: Smtp, password: str | None, url: str
) -> None:
    assert mail_url(smtp, password) == url


def _made(args: dict[str, Any]) -> dict[str, dict[str, pulumi.Input[str]]]:
    return {secret.name: {**secret.data} for secret in secrets_of(resolve(args))}


MAIL = {"host": "mail.example.com", "username": "u"}
MINIMAL = {"host": "chat.example.com", "mongodb_url": "mongodb://u:p@db/rocketchat"}


@pytest.mark.parametrize(
    ("args", "secrets"),
    [
        pytest.param(inputs(), {}, id="none where all exist"),
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
            inputs(nats={"existing_secret": {"name": "bus", "key": "url"}}), {}, id="NATS's own"
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
        pytest.param(inputs(smtp={"existing_secret": "mail"}), {}, id="mail's own"),
    ],
)
def test_a_secret_is_made_for_what_is_given(
    engine: Engine, args: dict[str, Any], secrets: dict[str, dict[str, str]]
) -> None:
    made = engine.read(lambda: _made(args))
    assert made == (Sealed(secrets) if any(name in args for name in SECRETS) else secrets)


def test_secrets_that_come_late_are_as_good(engine: Engine) -> None:
    late = {key: pulumi.Output.secret(text) for key, text in MINIMAL.items() if key != "host"}
    token = pulumi.Output.secret("T")
    args = {"host": "chat.example.com", **late, "registration_token": token}
    assert engine.read(lambda: _made(args)) == Sealed(
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
            (
                "Check it; its user name and password take letters, digits and -._~ only, as"
                " Rocket.Chat doesn't decode %XX there."
            ),
        ),
    ],
)
def test_a_url_of_a_wrong_form_that_comes_late_is_refused_and_not_shown(
    engine: Engine, name: str, begins: str, remedy: str
) -> None:
    late = {name: pulumi.Output.secret(f"http://{CANARY}")}
    other = {} if name == "mongodb_url" else {"mongodb_secret": "chat-mongodb"}
    message = refusal(
        lambda: engine.read(lambda: _made({"host": "a.example.com", **other, **late}))
    )
    assert message == (
        f"{name}: isn't a URL that begins with {begins} and has no spaces; it isn't shown here."
        f" {remedy}"
    )


@pytest.mark.parametrize("name", ["license", "registration_token"])
def test_a_control_character_that_comes_late_is_refused_and_not_shown(
    engine: Engine, name: str
) -> None:
    late = {name: pulumi.Output.secret(f"{CANARY}\0")}
    message = refusal(lambda: engine.read(lambda: _made(inputs(**late))))
    assert message == (
        f"{name}: contains a control character, which a pod can't be given; it isn't shown here."
        " Set it anew."
    )
    lines = {name: pulumi.Output.secret("a\r\n\tb")}
    (held,) = engine.read(lambda: _made(inputs(**lines))).value["chat-environment"].values()
    assert held == "a\r\n\tb"


@pytest.mark.parametrize(
    ("args", "environment", "mail"),
    [
        ({}, None, "chat-smtp"),
        ({"license": "L"}, "chat-environment", "chat-smtp"),
        ({"registration_token": "T"}, "chat-environment", "chat-smtp"),
        ({"smtp": {"existing_secret": "mail"}}, None, "mail"),
        ({"smtp": {"host": "m"}, "release_name": "talk"}, None, "talk-smtp"),
    ],
)
def test_the_chart_is_given_names(args: dict[str, Any], environment: str | None, mail: str) -> None:
    spec = resolve(inputs(**args))
    assert spec.environment_secret == environment
    assert spec.mail_secret == mail


Digest = Callable[..., str]


@pytest.fixture
def digest(engine: Engine) -> Digest:
    """The digest of a Secret with some data; that it is known to everyone goes without saying."""

    def run(data: dict[str, pulumi.Input[str]], name: str = "s", namespace: str = "n") -> str:
        found = engine.read(lambda: digest_of(SecretData(name, data), namespace))
        assert isinstance(found, str)
        return found

    return run


def test_a_digest_changes_with_what_is_in_the_secret_and_with_where_it_is(digest: Digest) -> None:
    found = [
        digest({"key": "value"}),
        digest({"key": "values"}),
        digest({"keys": "value"}),
        digest({"key": "value", "other": ""}),
        digest({"key": "value"}, name="t"),
        digest({"key": "value"}, namespace="m"),
    ]
    assert len(set(found)) == len(found)


def test_a_digest_stays_with_what_is_in_the_secret(digest: Digest) -> None:
    one = digest({"a": "1", "b": "2"})
    assert one == digest({"b": "2", "a": pulumi.Output.secret("1")})
    assert len(one) == 32
    assert int(one, 16)


def test_a_digest_is_no_plain_hash_and_does_not_hold_the_secret(digest: Digest) -> None:
    text = "short"
    found = digest({"key": text})
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        for hashed in (text, f"key\0{text}", f"n/s{text}", f"n/skey\0{text}"):
            plain = hashlib.new(algorithm, hashed.encode(), usedforsecurity=False).hexdigest()
            assert found != plain[:32]
    assert text.encode().hex() not in found
