"""URLs as Rocket.Chat and its libraries read them."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.inputs.urls import (
    mail_url,
    mongodb_database_warning,
    mongodb_url_error,
    nats_url_error,
    with_mongodb_options,
)
from tests.support.components import CANARY

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(username=texts, password=texts, port=st.integers(1, 65535))
@example(username="chat@example.com", password="a:b/c%d#e f?g&h=i[j]\\k", port=587)
@example(username="%40", password="%2F %25", port=25)
@example(username="größe", password="密码 🔑", port=465)
def test_the_mail_credentials_can_be_read_back_from_the_url(
    username: str, password: str, port: int
) -> None:
    url = urlsplit(mail_url("mail.example.com", port, username, password))
    assert unquote(url.username or "") == username
    assert unquote(url.password or "") == password
    assert (url.hostname, url.port) == ("mail.example.com", port)
    assert (url.path, url.query, url.fragment) == ("", "", "")


@pytest.mark.parametrize(
    ("host", "port", "username", "password", "url"),
    [
        ("mail.example.com", 587, None, None, "smtp://mail.example.com:587"),
        ("mail.example.com", 465, None, None, "smtps://mail.example.com:465"),
        ("mail.example.com", 25, "chat", None, "smtp://chat@mail.example.com:25"),
        ("[2001:db8::1]", 25, None, None, "smtp://[2001:db8::1]:25"),
        ("fd00::25", 587, None, None, "smtp://[fd00::25]:587"),
        (
            "mail.example.com",
            587,
            "chat@example.com",
            "p@ss:w/rd %#",
            "smtp://chat%40example.com:p%40ss%3Aw%2Frd%20%25%23@mail.example.com:587",
        ),
    ],
)
def test_a_mail_url_says_how_to_reach_the_server(
    host: str, port: int, username: str | None, password: str | None, url: str
) -> None:
    assert mail_url(host, port, username, password) == url


@pytest.mark.parametrize(
    "url",
    [
        "nats://bus:4222",
        "nats://bus",
        "nats://bus/",
        "nats://[fd00::1]:4222",
        "nats://rc:p-._~9@bus:4222",
        "nats://one:4222,nats://two:4222,three",
        "nats://rc:pw@one:4222,nats://rc:pw@two:4222",
        "nats://rc:pw@one:4222,two:4222",
    ],
)
def test_a_nats_url_that_the_client_connects_with_is_fine(url: str) -> None:
    assert nats_url_error(url) == ""


@pytest.mark.parametrize(
    ("url", "reported"),
    [
        ("tls://bus:4222", "Write nats://"),
        ("monolith+nats://bus", "begins with nats:// (never monolith+)"),
        ("nats://bus nats://bus2", "has no spaces"),
        (f"nats://rc:{CANARY}%2Fx@bus", "doesn't decode %XX"),
        (f"nats://rc:{CANARY}@x@bus", "doesn't decode %XX"),
        (f"nats://{CANARY}@bus", "takes no token"),
        (f"nats://rc:@{CANARY}/bus", "user:password@"),
        ("nats://bus:port", "isn't host:port"),
        ("nats://one,,two", "isn't host:port"),
        (f"nats://rc:{CANARY}@one,nats://rc:other@two", "give all servers the same ones"),
    ],
)
def test_a_nats_url_that_the_client_fails_with_is_reported_without_its_parts(
    url: str, reported: str
) -> None:
    error = nats_url_error(url)
    assert reported in error
    assert CANARY not in error


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("mongodb://db", "test"),
        ("mongodb://db/", "test"),
        ("mongodb://u:p%2Fw@one:27017,two:27017/?replicaSet=rs0", "test"),
        ("mongodb+srv://u:p@db?tls=true", "test"),
        ("mongodb://u:p@db/admin", "admin"),
        ("mongodb://u:p@db:27017/admin?replicaSet=rs0", "admin"),
        ("mongodb://u:p@db/rocketchat", ""),
        ("mongodb://u:p@db/rocketchat?authSource=admin", ""),
        ("mongodb://db/administration", ""),
    ],
)
def test_a_database_that_few_mean_is_reported(url: str, database: str) -> None:
    warning = mongodb_database_warning(url)
    assert bool(warning) == bool(database)
    assert f"`{database}`" in warning or not database


@pytest.mark.parametrize("url", ["http://db", "mongodb://", "mongodb://a b", "mongodb://a\n"])
def test_what_is_no_mongodb_url_is_reported(url: str) -> None:
    assert "begins with mongodb://" in mongodb_url_error(url)


@pytest.mark.parametrize(
    ("url", "complete"),
    [
        ("mongodb://db", "mongodb://db/?w=majority&appName=a+b"),
        ("mongodb://u:p@db/rocketchat", "mongodb://u:p@db/rocketchat?w=majority&appName=a+b"),
        ("mongodb://db/x?ssl=true", "mongodb://db/x?ssl=true&w=majority&appName=a+b"),
        ("mongodb://db/x?", "mongodb://db/x?w=majority&appName=a+b"),
    ],
)
def test_options_are_appended(url: str, complete: str) -> None:
    assert with_mongodb_options(url, {"w": "majority", "appName": "a b"}) == complete
    assert with_mongodb_options(url, {}) == url
