"""The diagram of the workspace after the change."""

import pytest

from tests.support.report import (
    CLAIM,
    DEPLOYMENT,
    Json,
    claim,
    deployment,
    report_of,
    step,
    updated,
)
from tools.report.mermaid import diagram

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def ingress(host: str) -> Json:
    paths = [{"path": path} for path in ("/", "/websocket")]
    return {
        "metadata": {"name": "chat", "namespace": "chat"},
        "spec": {"rules": [{"host": host, "http": {"paths": paths}}]},
    }


def diagram_lines(*steps: Json) -> list[str]:
    """The lines of the diagram of a workspace with a monolith that doesn't change."""
    monolith = deployment("rocketchat", 2)
    same = step("same", DEPLOYMENT, "chat-rocketchat", old=monolith, new=monolith)
    return [line.strip() for line in diagram(report_of(same, *steps)).splitlines()]


def test_changed_and_added_services_are_marked() -> None:
    lines = diagram_lines(
        updated("presence", deployment("presence"), deployment("presence", 3)),
        step("create", DEPLOYMENT, "chat-account", new=deployment("account")),
        updated(
            "authorization", deployment("authorization"), deployment("authorization", tag="9.0.0")
        ),
    )
    assert 'rocketchat["rocketchat \u00d7 2"]' in lines
    assert 'presence["presence \u00d7 3, was 1"]:::changed' in lines
    assert 'account["account \u00d7 1<br/>added"]:::added' in lines
    assert 'authorization["authorization \u00d7 1<br/>8.6.1 → 9.0.0"]:::changed' in lines


def test_removed_services_are_left_out() -> None:
    lines = diagram_lines(step("delete", DEPLOYMENT, "chat-presence", old=deployment("presence")))
    assert not [line for line in lines if "presence" in line]


def test_there_is_no_diagram_without_a_monolith() -> None:
    created = step("create", DEPLOYMENT, "chat-presence", new=deployment("presence"))
    assert diagram(report_of(created)) == ""


def test_users_enter_through_the_ingress_if_there_is_one() -> None:
    streamer = step("create", DEPLOYMENT, "chat-ddp-streamer", new=deployment("ddp-streamer"))
    entry = step("create", INGRESS, "chat", new=ingress("chat.example.com"))
    assert "users --> rocketchat" in diagram_lines(streamer)
    lines = diagram_lines(streamer, entry)
    assert 'ingress["Ingress<br/>chat.example.com"]:::added' in lines
    assert {"users --> ingress", "ingress -->|/websocket| ddp_streamer"} <= set(lines)
    assert "users --> rocketchat" not in lines


@pytest.mark.parametrize("host", ['x"]\nclick people "javascript:alert(1)"', "<b>", "`" * 5])
def test_names_that_could_be_syntax_are_left_out(host: str) -> None:
    lines = diagram_lines(step("create", INGRESS, "chat", new=ingress(host)))
    assert 'ingress["Ingress"]:::added' in lines


def test_external_nats_is_shown_as_external() -> None:
    env = [{"name": "TRANSPORTER", "value": "nats://nats.example.com"}]
    presence = deployment("presence", env=env)
    lines = diagram_lines(step("create", DEPLOYMENT, "chat-presence", new=presence))
    assert 'nats[("external NATS")]' in lines


def test_the_uploads_volume_is_shown_with_its_size() -> None:
    lines = diagram_lines(step("update", CLAIM, "uploads", old=claim("5Gi"), new=claim("9Gi")))
    assert 'uploads[("uploads<br/>9Gi")]:::changed' in lines
