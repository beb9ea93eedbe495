"""Preview, update and diff with the chart from a file ask no host elsewhere."""

import socketserver
from collections.abc import Iterator
from threading import Thread

import pytest

from tests.support.program import Program

pytestmark = pytest.mark.engine

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class Proxy(socketserver.ThreadingTCPServer):
    """Stands for everything that isn't this machine, and remembers who wanted to go there."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[bytes] = []


class _Handler(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        self.server.asked.append(self.rfile.readline())


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_address[1]}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "127.0.0.1,localhost")
        yield server
        server.shutdown()


def test_a_chart_from_a_file_needs_no_network(program: Program, proxy: Proxy) -> None:
    program.up(replicaCount=1)
    program.preview(replicaCount=2)
    program.up(replicaCount=2)
    assert proxy.asked == []
    # One that is in no cache.
    chart = {"version": "9.9.9", "digest": "0" * 64, "repository": "https://charts.example.com"}
    program.fails(chart=chart)
    assert proxy.asked[0].startswith(b"CONNECT charts.example.com")
