"""A chart repository on this machine with every fault, and processes that load a chart from it."""

import json
import os
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO

import yaml

from tests.support.components import packed, sha256
from tools.checkout import CHECKOUT

VERSION = "7.0.2"
PACKAGE = packed()
DIGEST = sha256(PACKAGE)
CACHED = {f"{DIGEST}.tgz": PACKAGE}
"""The content of a cache that only `PACKAGE` was downloaded to."""
INHERITED = ("PATH", "LANG", "LD_LIBRARY_PATH")
"""Environment variables that processes inherit from the tests."""
MIB = 2**20

Responder = Callable[[socket.socket, Event], None]
"""Responds to one request on a socket, until it is done or the event tells it to stop."""


class FaultyRepository(socketserver.ThreadingTCPServer):
    """A server on the loopback interface with a responder for each path."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.responders: dict[str, Responder] = {}
        """By path; any other path is answered with 404."""
        self.requests: list[str] = []
        """The paths that were requested, in order."""
        self.stopped = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def serve_chart(self, package: bytes = PACKAGE, version: str = VERSION) -> None:
        """Serves an index with one version of the chart, and its package, without any fault."""
        self.responders = {
            "/index.yaml": respond(index_yaml(version)),
            "/chart.tgz": respond(package),
        }

    def handle_error(self, *_: object) -> None:
        """Ignores clients that hang up."""


class _Handler(socketserver.BaseRequestHandler):
    server: FaultyRepository

    def handle(self) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            received = self.request.recv(65536)
            if not received:
                return
            request += received
        path = request.split(b" ", 2)[1].decode()
        self.server.requests.append(path)
        not_found = respond(b"<h1>Not Found</h1>", "404 Not Found")
        responder = self.server.responders.get(path, not_found)
        with suppress(OSError):
            responder(self.request, self.server.stopped)


@contextmanager
def running_repository() -> Iterator[FaultyRepository]:
    """A running repository, which serves the chart without any fault at first."""
    with FaultyRepository() as server:
        server.serve_chart()
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()


def index_yaml(version: str = VERSION, url: str = "chart.tgz") -> bytes:
    """An index with one version of the chart."""
    return yaml.safe_dump(
        {"entries": {"rocketchat": [{"version": version, "urls": [url]}]}},
    ).encode()


def headers(status: str = "200 OK", /, **fields: str | int) -> bytes:
    """The status line and headers of a response; `Content_Type` stands for `Content-Type`."""
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def respond(body: bytes, status: str = "200 OK", /, **fields: str | int) -> Responder:
    """Responds with `body` at once."""
    response = headers(status, Content_Length=len(body), **fields) + body
    return lambda client, _: client.sendall(response)


def close_early(body: bytes, /, **fields: str | int) -> Responder:
    """Responds with `body` and closes the connection, whatever length the headers promise."""
    return lambda client, _: client.sendall(headers(**fields) + body)


def stream(chunks: Callable[[], Iterable[bytes]], **fields: str | int) -> Responder:
    """Responds with all chunks, as fast as the client reads them."""

    def responder(client: socket.socket, stopped: Event) -> None:
        client.sendall(headers(**fields))
        for chunk in chunks():
            if stopped.is_set():
                return
            client.sendall(chunk)

    return responder


def trickle(begin: bytes, repeated: bytes, interval: float) -> Responder:
    """Sends `begin` at once, then `repeated` byte by byte, over and over."""

    def responder(client: socket.socket, stopped: Event) -> None:
        client.sendall(begin)
        while True:
            for byte in repeated:
                if stopped.wait(interval):
                    return
                client.sendall(bytes([byte]))

    return responder


def never_respond(_: socket.socket, stopped: Event) -> None:
    """Accepts the request and never responds."""
    stopped.wait()


def reset(client: socket.socket, _: Event) -> None:
    """Resets the connection in the middle of the package, as a server does that crashes."""
    client.sendall(headers(Content_Length=len(PACKAGE)) + PACKAGE[:50])
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def delay(responder: Responder, seconds: float) -> Responder:
    """Responds after some seconds."""

    def delayed(client: socket.socket, stopped: Event) -> None:
        if not stopped.wait(seconds):
            responder(client, stopped)

    return delayed


def gzipped(chunks: Iterable[bytes]) -> bytes:
    """All chunks as one gzip member."""
    compressor = zlib.compressobj(9, wbits=31)
    return b"".join([*(compressor.compress(chunk) for chunk in chunks), compressor.flush()])


@dataclass
class Result:
    """What a process left when it ended."""

    code: int
    output: str
    """Its standard output and standard error."""
    seconds: float
    memory: int
    """Its peak in MiB."""


@dataclass
class ChartLoader:
    """Processes that load the chart as a preview does, with a cache and a home of their own."""

    folder: Path
    repository: FaultyRepository
    timeout: float = 0
    """Seconds, in place of the program's own timeout; 0 for the program's own."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables."""

    @property
    def cache(self) -> Path:
        """The folder for downloaded packages."""
        return self.folder / "cache" / "charts"

    def cached(self) -> dict[str, bytes]:
        """Every file in the cache, hidden ones too."""
        return file_contents(self.cache)

    def chart_input(self, digest: str = DIGEST, **fields: str) -> dict[str, str]:
        """The input `chart`."""
        return {"version": VERSION, "repository": self.repository.url, "digest": digest, **fields}

    def command(self, chart_input: Mapping[str, str]) -> list[str]:
        """The command that loads the chart."""
        arguments = [json.dumps(chart_input), str(self.timeout)]
        return [sys.executable, "-m", "tests.support.load_chart", *arguments]

    def environment(self) -> dict[str, str]:
        """All environment variables of the command."""
        return {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(CHECKOUT),
            "ROCKETCHAT_PULUMI_CACHE": str(self.folder / "cache"),
            **self.variables,
        }

    def run(self, within: float = 60, **fields: str) -> Result:
        """Runs the command to its end, with these fields of the input `chart`."""
        return run(
            self.command(self.chart_input(**fields)), self.environment(), self.folder, within
        )


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    within: float = 60,
    output: IO[bytes] | None = None,
) -> Result:
    """Runs a command to its end; one that takes longer than `within` seconds fails the test.

    Args:
        command: The command and its arguments.
        environment: All of its environment variables.
        folder: Its working folder, created if necessary.
        within: Seconds.
        output: Where its standard output goes; into the result by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryFile() as captured:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output or captured,
            stderr=captured,
            start_new_session=True,
        )
        late, memory = False, 0
        while process.poll() is None:
            memory = max(memory, _peak_memory(process.pid))
            if not late and time.monotonic() - started > within:
                late = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.01)
        seconds = time.monotonic() - started
        captured.seek(0)
        text = captured.read().decode("utf-8", "replace")
    assert not late, f"still running after {within} s, with this output:\n{text}"
    return Result(process.returncode, text, seconds, memory)


def _peak_memory(pid: int) -> int:
    """The peak memory of a process in MiB; that of `getrusage` includes the tests' own."""
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024
    return 0


def file_contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too, by its path from there."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }


def error_line(result: Result, code: int = 1) -> str:
    """The one line that a process ended with, which is its error."""
    assert result.code == code, result
    assert "Traceback" not in result.output, result.output
    lines = result.output.splitlines()
    assert len(lines) == 1, result.output
    assert lines[0].startswith("error: "), result.output
    return lines[0].removeprefix("error: ")
