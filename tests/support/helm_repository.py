"""A Helm repository on this machine that answers as a test has it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml


@dataclass(frozen=True)
class Answer:
    """What a web server says to a request."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    server: "Repository"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path, Answer(b"<h1>Not Found</h1>", status=404))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        # A client that has seen enough hangs up.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass


class Repository(ThreadingHTTPServer):
    """A web server on this machine that says what a test has it say, and notes what it's asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def hold(self, package: bytes, version: str = "7.0.2", url: str = "chart.tgz") -> None:
        """Serves an index with one version of the chart, and its package."""
        entries = {"other": [], "rocketchat": [{"version": version, "urls": [url]}]}
        self.answers["/index.yaml"] = Answer(yaml.safe_dump({"entries": entries}).encode())
        self.answers["/chart.tgz"] = Answer(package)
