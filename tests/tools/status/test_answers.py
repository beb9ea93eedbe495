"""What NATS, the public address and the workspace answer, against servers of our own."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from kubernetes.client import ApiClient, Configuration

from tests.support.status import instance, service
from tools.errors import ToolError
from tools.status import nats, public, workspace
from tools.status.api import Api, ApiError
from tools.status.workspace import Login

CANARY = "canary-93ab"


class Handler(BaseHTTPRequestHandler):
    """Answers with what was put there by path."""

    answers: ClassVar[dict[str, tuple[int, str]]] = {}

    def do_GET(self) -> None:
        status, text = self.answers.get(self.path, (404, "no such page"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.answers = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as one:
        thread = Thread(target=one.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{one.server_port}"
        one.shutdown()
        thread.join()


def answer(path: str, content: object, status: int = 200) -> None:
    Handler.answers[path] = (status, content if isinstance(content, str) else json.dumps(content))


def test_routes_are_counted_by_where_they_lead(server: str) -> None:
    def routes(*names: str) -> dict[str, object]:
        # Several connections to each: NATS pools them.
        return {"num_routes": 8, "routes": [{"remote_name": name} for name in names * 4]}

    pods = [f"chat-nats-{i}" for i in range(3)]
    path = "/api/v1/namespaces/chat/pods/{}:8222/proxy/routez"
    answer(path.format(pods[0]), routes(pods[1], pods[2]))
    answer(path.format(pods[1]), routes(pods[0]))
    one = service("nats", *map(instance, pods), asked=3)
    with Api(ApiClient(Configuration(host=server))) as api:
        found = nats.servers(api, "chat", one)
    assert [each.trouble for each in found] == [
        "",
        "has routes to 1 of 2 others",
        "its monitor can't be reached: Not Found",
    ]
    assert [each.reachable for each in found] == [True, True, False]


def test_a_public_address_answers_as_rocket_chat_or_not_at_all(server: str) -> None:
    answer("/api/info", {"version": "8.6.1"})
    (one,) = public.addresses([server])
    assert (one.answers, one.words) == (True, "answers as Rocket.Chat 8.6.1")
    answer("/api/info", "default backend", 404)
    (one,) = public.addresses([server])
    assert (one.answers, one.words) == (False, "answers 404, which isn't Rocket.Chat")
    answer("/websocket", "bad gateway", 502)
    (one,) = public.addresses([f"{server.replace('http', 'ws')}/websocket"])
    assert (one.answers, one.words) == (False, "answers 502, which isn't a WebSocket")
    (one,) = public.addresses(["http://127.0.0.1:1"])
    assert one.answers is None
    assert one.words.startswith("can't be reached from here")


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (401, {"status": "error"}, "doesn't take the token (401)"),
        (403, {"success": False, "error": "unauthorized"}, "the permission view-statistics"),
        (200, "<html>", "not as Rocket.Chat's /api/v1/instances.get"),
        (200, {"instances": {}}, "not as Rocket.Chat's /api/v1/instances.get"),
        (502, "bad gateway", "answers 502"),
    ],
)
def test_a_workspace_that_does_not_tell(
    server: str, status: int, content: object, words: str
) -> None:
    answer(workspace.PATH, content, status)
    with pytest.raises(ToolError) as told:
        workspace.instances(server, Login("admin", CANARY))
    assert words in str(told.value)
    assert CANARY not in str(told.value)


@pytest.mark.parametrize("url", ["http://chat.example.com", "ftp://chat.example.com", ""])
def test_a_token_never_goes_in_plain(url: str) -> None:
    with pytest.raises(ToolError, match="isn't https"):
        workspace.instances(url, Login("admin", CANARY))


def test_a_token_that_is_none_is_not_shown(server: str) -> None:
    with pytest.raises(ToolError) as told:
        workspace.instances(server, Login("admin", f"{CANARY}\n"))
    assert CANARY not in str(told.value)
    assert CANARY not in repr(Login("admin", CANARY))


def test_half_a_login_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workspace.USER, "admin")
    monkeypatch.delenv(workspace.TOKEN, raising=False)
    with pytest.raises(ToolError, match="ROCKETCHAT_TOKEN isn't set"):
        workspace.login()
    monkeypatch.delenv(workspace.USER)
    assert workspace.login() is None


def test_an_api_server_that_answers_nonsense(server: str) -> None:
    answer("/api/v1/nodes", "hello")
    with Api(ApiClient(Configuration(host=server))) as api:
        with pytest.raises(ApiError, match="isn't JSON"):
            api.get("/api/v1/nodes")
        assert api.find("/nothing") is None
