"""A Helm repository on this machine that answers as a test tells it to."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import yaml


@dataclass(frozen=True)
class Response:
    """What the server answers to a request."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    server: "Repository"

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        login = self.server.login
        if login and self.headers.get("Authorization") != f"Basic {login}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="charts"')
            self.end_headers()
            return
        response = self.server.responses.get(self.path, Response(b"<h1>Not Found</h1>", status=404))
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        # A client hangs up once it has received too much.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        pass


class Repository(ThreadingHTTPServer):
    """A web server on the loopback interface with a response for each path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.responses: dict[str, Response] = {}
        """By path; any other path is answered with 404."""
        self.login = ""
        """What it expects as Basic authentication."""
        self.requests: list[str] = []
        """The paths that were requested, in order."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def serve_chart(self, package: bytes, version: str = "7.0.2", url: str = "chart.tgz") -> None:
        """Serves an index with one version of the chart, and its package."""
        digest = hashlib.sha256(package).hexdigest()
        entry = {"version": version, "urls": [url], "digest": digest}
        entries = {"other": [], "rocketchat": [entry]}
        self.responses["/index.yaml"] = Response(yaml.safe_dump({"entries": entries}).encode())
        self.responses["/chart.tgz"] = Response(package)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A repository that is reached without a proxy, whatever the machine has."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with Repository() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
