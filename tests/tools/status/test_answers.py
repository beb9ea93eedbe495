"""What NATS, the public address and the workspace answer, against a local server."""

import json
from collections.abc import Iterator

import pytest

from components.kube.api import Api, ApiError
from components.kube.connection import DirectConnection
from tests.support.http_server import Response, Server, serve
from tests.support.status import instance, service
from tools.errors import ToolError
from tools.status import workspace
from tools.status.nats import query_servers
from tools.status.public import check_addresses
from tools.status.workspace import Login, fetch_instances, login_from_environment

CANARY = "canary-93ab"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


def as_json(content: object) -> Response:
    return Response(json.dumps(content))


def test_nats_routes_are_counted_by_the_servers_they_lead_to(server: Server) -> None:
    def routez(*names: str) -> Response:
        # NATS has a pool of connections to each server.
        return as_json({"num_routes": 8, "routes": [{"remote_name": name} for name in names * 4]})

    pods = [f"chat-nats-{i}" for i in range(3)]
    path = "/api/v1/namespaces/chat/pods/{}:8222/proxy/routez"
    server.responses[path.format(pods[0])] = routez(pods[1], pods[2])
    server.responses[path.format(pods[1])] = routez(pods[0])
    nats = service("nats", *map(instance, pods), desired=3)
    with Api(DirectConnection(server.url)) as api:
        servers = query_servers(api, "chat", nats)
    assert [item.problem for item in servers] == [
        "",
        "has routes to 1 of 2 others",
        "its monitor can't be reached: Not Found",
    ]
    assert [item.reachable for item in servers] == [True, True, False]


def test_a_public_address_answers_as_rocket_chat_or_not_at_all(server: Server) -> None:
    server.responses["/api/info"] = as_json({"version": "8.6.1"})
    (address,) = check_addresses([server.url])
    assert (address.answers, address.message) == (True, "answers as Rocket.Chat 8.6.1")
    server.responses["/api/info"] = Response("default backend", 404)
    (address,) = check_addresses([server.url])
    assert (address.answers, address.message) == (False, "answers 404, which isn't Rocket.Chat")
    server.responses["/websocket"] = Response("bad gateway", 502)
    (address,) = check_addresses([f"{server.url.replace('http', 'ws')}/websocket"])
    assert (address.answers, address.message) == (False, "answers 502, which isn't a WebSocket")
    (address,) = check_addresses(["http://127.0.0.1:1"])
    assert address.answers is None
    assert address.message.startswith("can't be reached from here")


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, '{"status": "error"}', "rejects the token (401)"),
        (403, '{"success": false, "error": "unauthorized"}', "the permission view-statistics"),
        (200, "<html>", "not as Rocket.Chat's /api/v1/instances.get does"),
        (200, '{"instances": {}}', "not as Rocket.Chat's /api/v1/instances.get does"),
        (502, "bad gateway", "answers 502"),
    ],
)
def test_a_workspace_that_lists_no_instances_is_an_error(
    server: Server, status: int, body: str, message: str
) -> None:
    server.responses[workspace.INSTANCES_PATH] = Response(body, status)
    with pytest.raises(ToolError) as error:
        fetch_instances(server.url, Login("admin", CANARY))
    assert message in str(error.value)
    assert CANARY not in str(error.value)


@pytest.mark.parametrize("url", ["http://chat.example.com", "ftp://chat.example.com", ""])
def test_a_token_is_never_sent_unencrypted(url: str) -> None:
    with pytest.raises(ToolError, match="isn't https"):
        fetch_instances(url, Login("admin", CANARY))


def test_an_invalid_token_is_never_shown(server: Server) -> None:
    with pytest.raises(ToolError) as error:
        fetch_instances(server.url, Login("admin", f"{CANARY}\n"))
    assert CANARY not in str(error.value)
    assert CANARY not in repr(Login("admin", CANARY))


def test_half_a_login_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workspace.USER_VARIABLE, "admin")
    monkeypatch.delenv(workspace.TOKEN_VARIABLE, raising=False)
    with pytest.raises(ToolError, match="ROCKETCHAT_TOKEN isn't set"):
        login_from_environment()
    monkeypatch.delenv(workspace.USER_VARIABLE)
    assert login_from_environment() is None


def test_a_login_loses_the_line_breaks_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workspace.USER_VARIABLE, "admin\n")
    monkeypatch.setenv(workspace.TOKEN_VARIABLE, f"{CANARY}\r\n")
    assert login_from_environment() == Login("admin", CANARY)


def test_an_api_server_that_answers_nonsense_is_an_error(server: Server) -> None:
    server.responses["/api/v1/nodes"] = Response("hello")
    with Api(DirectConnection(server.url)) as api:
        with pytest.raises(ApiError, match="isn't JSON"):
            api.get("/api/v1/nodes")
        assert api.find("/nothing") is None
