"""An HTTP server on loopback with canned responses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Response:
    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Server:
    url: str
    responses: dict[str, Response] = field(default_factory=dict)
    """By path; other paths aren't found."""
    requests: dict[str, Message] = field(default_factory=dict)
    """The headers of the last request to each path."""


@contextmanager
def serve() -> Iterator[Server]:
    server = Server("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests[self.path] = self.headers
            response = server.responses.get(self.path, Response("not found", 404))
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        server.url = f"http://127.0.0.1:{http_server.server_port}"
        thread = Thread(target=http_server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            http_server.shutdown()
            thread.join()
