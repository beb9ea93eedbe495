"""Requests to an API server without the official client."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from components.kube.connection import DirectConnection, direct_connection
from tests.support.paths import ROOT

SERVER = "https://cluster.example.com:6443"


def kubeconfig(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> str:
    """The content of a kubeconfig with one context, and with fields for its cluster and user."""
    return json.dumps(
        {
            "clusters": [{"name": "one", "cluster": {"server": SERVER, **(cluster or {})}}],
            "users": [{"name": "me", "user": {"token": "t0ken"} if user is None else user}],
            "contexts": [{"name": "here", "context": {"cluster": "one", "user": "me"}}],
            "current-context": "here",
        }
    )


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class EchoServer:
    """Answers each request with what it was sent, and closes a connection after `limit` of them."""

    def __init__(self, limit: int | None) -> None:
        self.connections: set[int] = set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            served = 0

            def do_POST(self) -> None:
                owner.connections.add(self.client_address[1])
                self.served += 1
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                login = self.headers.get("Authorization")
                answer = json.dumps([self.command, self.path, body, login]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.close_connection = self.served == limit

            do_GET = do_POST  # noqa: N815 - the name that the server calls

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@contextmanager
def serve(limit: int | None = None) -> Iterator[EchoServer]:
    server = EchoServer(limit)
    thread = Thread(target=server.http.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()


def test_requests_share_one_connection() -> None:
    with serve() as server:
        connection = DirectConnection(f"{server.url}/root", headers={"Authorization": "Bearer x"})
        for method in ("GET", "POST", "GET"):
            response = connection.request(method, "/api?a=b", {"a": 1}, {}, 5)
            assert response.status == 200
            assert json.loads(response.content) == [method, "/root/api?a=b", '{"a": 1}', "Bearer x"]
        connection.close()
    assert len(server.connections) == 1


def test_a_connection_that_the_server_has_closed_is_replaced() -> None:
    with serve(limit=1) as server:
        connection = DirectConnection(server.url)
        for _ in range(3):
            assert connection.request("GET", "/", None, {}, 5).status == 200
        time.sleep(0.2)  # until it is known that the last one was closed
        assert connection.request("POST", "/", {}, {}, 5).status == 200
        connection.close()
    assert len(server.connections) == 4


def test_the_context_decides_on_the_cluster(tmp_path: Path) -> None:
    config = json.loads(kubeconfig())
    config["clusters"].append({"name": "two", "cluster": {"server": "https://two.example.com"}})
    config["contexts"].append({"name": "there", "context": {"cluster": "two", "user": "me"}})
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    for given in (str(file), yaml.safe_dump(config), json.dumps(config)):
        for context, url in ((None, SERVER), ("there", "https://two.example.com")):
            connection = direct_connection(context, given)
            assert connection is not None
            assert connection.server == url


@pytest.mark.parametrize(
    ("cluster", "user"),
    [
        pytest.param({}, {"exec": {"command": "aws"}}, id="a plugin logs in"),
        pytest.param({}, {"auth-provider": {"name": "oidc"}}, id="an auth provider logs in"),
        pytest.param({}, {"username": "me", "password": "x"}, id="a password"),
        pytest.param({}, {"tokenFile": "/var/run/token"}, id="a token that is renewed"),
        pytest.param({"proxy-url": "http://proxy"}, None, id="a proxy of the cluster's"),
        pytest.param({"tls-server-name": "other"}, None, id="another server's name"),
        pytest.param({"certificate-authority": "/nowhere"}, None, id="a file that isn't there"),
        pytest.param({"certificate-authority-data": "AAAA"}, None, id="no certificate"),
    ],
)
def test_the_official_client_does_what_needs_more(
    cluster: dict[str, Any], user: dict[str, Any] | None
) -> None:
    assert direct_connection(None, kubeconfig(cluster, user)) is None


@pytest.mark.parametrize(
    "given", ["", "{", "[]", "a: b\n", "/nowhere", '{"current-context": "here"}']
)
def test_the_official_client_tells_what_is_wrong_with_a_kubeconfig(given: str) -> None:
    assert direct_connection("here", given) is None


def test_several_kubeconfigs_are_left_to_the_official_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig(), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", str(file))
    assert direct_connection(None, None) is not None
    monkeypatch.setenv("KUBECONFIG", f"{file}:{file}")
    assert direct_connection(None, None) is None


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_left_to_the_official_client(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://proxy.example.com:3128")
    assert direct_connection(None, kubeconfig()) is None
    assert direct_connection(None, kubeconfig({"server": "https://127.0.0.1:6443"})) is not None
    monkeypatch.setenv("NO_PROXY", "cluster.example.com")
    assert direct_connection(None, kubeconfig()) is not None


def test_an_ordinary_kubeconfig_does_without_the_official_client() -> None:
    code = (
        "import sys; from components.kube.api import connect; connect(kubeconfig=sys.argv[1]);"
        "print([name for name in ('kubernetes', 'urllib3', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, kubeconfig()],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n"
