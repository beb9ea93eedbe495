"""The picture of the workspace after the change."""

import pytest

from tests.support import report as made
from tests.support.report import Json, changed, deployment
from tools.report.mermaid import picture

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def ingress(host: str) -> Json:
    paths = [{"path": path} for path in ("/", "/websocket")]
    return {
        "metadata": {"name": "chat", "namespace": "chat"},
        "spec": {"rules": [{"host": host, "http": {"paths": paths}}]},
    }


def drawn(*steps: Json) -> list[str]:
    monolith = deployment("rocketchat", 2)
    same = made.step("same", made.DEPLOYMENT, "chat-rocketchat", old=monolith, new=monolith)
    return [line.strip() for line in picture(made.report(same, *steps)).splitlines()]


def test_what_changes_is_marked_and_told() -> None:
    lines = drawn(
        changed("presence", deployment("presence"), deployment("presence", 3)),
        made.step("create", made.DEPLOYMENT, "chat-account", new=deployment("account")),
        changed(
            "authorization", deployment("authorization"), deployment("authorization", tag="9.0.0")
        ),
    )
    assert 'rocketchat["rocketchat \u00d7 2"]' in lines
    assert 'presence["presence \u00d7 3, was 1"]:::changed' in lines
    assert 'account["account \u00d7 1<br/>added"]:::added' in lines
    assert 'authorization["authorization \u00d7 1<br/>8.6.1 → 9.0.0"]:::changed' in lines


def test_what_goes_is_not_in_it() -> None:
    lines = drawn(made.step("delete", made.DEPLOYMENT, "it", old=deployment("presence")))
    assert not [line for line in lines if "presence" in line]


def test_without_a_workspace_there_is_no_picture() -> None:
    one = deployment("presence")
    step = made.step("create", made.DEPLOYMENT, "it", new=one)
    assert picture(made.report(step)) == ""


def test_people_come_in_by_the_ingress_where_there_is_one() -> None:
    streamer = made.step("create", made.DEPLOYMENT, "it", new=deployment("ddp-streamer"))
    entry = made.step("create", INGRESS, "chat", new=ingress("chat.example.com"))
    assert "people --> rocketchat" in drawn(streamer)
    lines = drawn(streamer, entry)
    assert 'ingress["Ingress<br/>chat.example.com"]:::added' in lines
    assert {"people --> ingress", "ingress -->|/websocket| ddp_streamer"} <= set(lines)
    assert "people --> rocketchat" not in lines


@pytest.mark.parametrize("host", ['x"]\nclick people "javascript:alert(1)"', "<b>", "`" * 5])
def test_nothing_of_a_name_is_drawn_but_harmless_letters(host: str) -> None:
    lines = drawn(made.step("create", INGRESS, "chat", new=ingress(host)))
    assert 'ingress["Ingress"]:::added' in lines


def test_a_bus_elsewhere_is_drawn_as_such() -> None:
    env = [{"name": "TRANSPORTER", "value": "nats://nats.example.com"}]
    lines = drawn(made.step("create", made.DEPLOYMENT, "it", new=deployment("presence", env=env)))
    assert 'nats[("NATS, elsewhere")]' in lines


def test_the_volume_is_drawn_with_its_size() -> None:
    lines = drawn(
        made.step("update", made.CLAIM, "it", old=made.claim("5Gi"), new=made.claim("9Gi"))
    )
    assert 'uploads[("uploads<br/>9Gi")]:::changed' in lines
