"""A chart repository on this machine that plays each fault, and processes that ask it."""

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
from tools.simulation.workspace import CHECKOUT

VERSION = "7.0.2"
PACKAGE = packed()
DIGEST = sha256(PACKAGE)
KEPT = {f"{DIGEST}.tgz": PACKAGE}
"""What a cache holds that has fetched the package, and nothing else."""
PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH")
MIB = 2**20

Play = Callable[[socket.socket, Event], None]
"""Answers one request, however badly, until it is done or the event says to stop."""


class FaultyRepository(socketserver.ThreadingTCPServer):
    """Answers each path as its play says, and notes what it is asked."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plays: dict[str, Play] = {}
        self.asked: list[str] = []
        self.stopped = Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def heal(self, package: bytes = PACKAGE, version: str = VERSION) -> None:
        """Serves an index with one version of the chart, and its package."""
        self.plays = {"/index.yaml": says(index(version)), "/chart.tgz": says(package)}

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is none of ours."""


class _Handler(socketserver.BaseRequestHandler):
    server: FaultyRepository

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65536)
            if not piece:
                return
            head += piece
        path = head.split(b" ", 2)[1].decode()
        self.server.asked.append(path)
        play = self.server.plays.get(path, says(b"<h1>Not Found</h1>", "404 Not Found"))
        with suppress(OSError):
            play(self.request, self.server.stopped)


@contextmanager
def serving() -> Iterator[FaultyRepository]:
    """A repository that is whole until a test says otherwise."""
    with FaultyRepository() as server:
        server.heal()
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()


def index(version: str = VERSION, url: str = "chart.tgz") -> bytes:
    """An index with one version of the chart."""
    return yaml.safe_dump(
        {"entries": {"rocketchat": [{"version": version, "urls": [url]}]}},
    ).encode()


def head(status: str = "200 OK", /, **headers: str | int) -> bytes:
    """The head of an answer; `Content_Type` is `Content-Type`."""
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def says(body: bytes, status: str = "200 OK", /, **headers: str | int) -> Play:
    """Answers with `body`, at once and whole."""
    return lambda to, _: to.sendall(head(status, Content_Length=len(body), **headers) + body)


def ends_early(body: bytes, /, **headers: str | int) -> Play:
    """Sends `body` and closes, whatever length was promised."""
    return lambda to, _: to.sendall(head(**headers) + body)


def pours(pieces: Callable[[], Iterable[bytes]], **headers: str | int) -> Play:
    """Sends piece after piece, as fast as they are taken."""

    def play(to: socket.socket, stopped: Event) -> None:
        to.sendall(head(**headers))
        for piece in pieces():
            if stopped.is_set():
                return
            to.sendall(piece)

    return play


def trickles(begin: bytes, forever: bytes, every: float) -> Play:
    """Sends `begin`, and then `forever` byte by byte, over and over."""

    def play(to: socket.socket, stopped: Event) -> None:
        to.sendall(begin)
        while True:
            for byte in forever:
                if stopped.wait(every):
                    return
                to.sendall(bytes([byte]))

    return play


def silent(_: socket.socket, stopped: Event) -> None:
    """Takes the request and never answers."""
    stopped.wait()


def resets(to: socket.socket, _: Event) -> None:
    """Breaks the connection in the middle, as a crash does."""
    to.sendall(head(Content_Length=len(PACKAGE)) + PACKAGE[:50])
    to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    to.close()


def slowly(play: Play, seconds: float) -> Play:
    """Does so after a while."""

    def later(to: socket.socket, stopped: Event) -> None:
        if not stopped.wait(seconds):
            play(to, stopped)

    return later


def zipped(pieces: Iterable[bytes]) -> bytes:
    """`pieces` as gzip packs them."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(piece) for piece in pieces), packer.flush()])


@dataclass
class Ended:
    """A process that has ended: what a person saw of it, and what it took."""

    code: int
    said: str
    seconds: float
    memory: int
    """Peak, in MiB."""


@dataclass
class Asker:
    """Processes that obtain the chart as a preview does, with a cache and home of their own."""

    folder: Path
    repository: FaultyRepository
    seconds: float = 0
    """A deadline in place of the program's."""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        """What lies in the cache's folder is what was kept."""
        return self.folder / "cache" / "charts"

    def kept(self) -> dict[str, bytes]:
        """Every file in the cache, hidden ones too."""
        return files(self.cache)

    def given(self, digest: str = DIGEST, **more: str) -> dict[str, str]:
        """The input `chart`."""
        return {"version": VERSION, "repository": self.repository.url, "digest": digest, **more}

    def command(self, given: Mapping[str, str]) -> list[str]:
        """The command that obtains the chart."""
        return [
            sys.executable,
            "-m",
            "tests.support.fetch_chart",
            json.dumps(given),
            str(self.seconds),
        ]

    def env(self) -> dict[str, str]:
        """All that such a process finds in its environment."""
        return {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(CHECKOUT),
            "ROCKETCHAT_PULUMI_CACHE": str(self.folder / "cache"),
            **self.environment,
        }

    def ask(self, within: float = 60, **given: str) -> Ended:
        """Runs one to its end; one that takes longer than `within` is ended."""
        return run(self.command(self.given(**given)), self.env(), self.folder, within)


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    within: float = 60,
    output: IO[bytes] | None = None,
) -> Ended:
    """Runs a command as a person does, and waits for it no longer than `within` seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output or said,
            stderr=said,
            start_new_session=True,
        )
        late, memory = False, 0
        while process.poll() is None:
            memory = max(memory, _peak(process.pid))
            if not late and time.monotonic() - begun > within:
                late = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.01)
        seconds = time.monotonic() - begun
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    assert not late, f"still running after {within} s; it said:\n{text}"
    return Ended(process.returncode, text, seconds, memory)


def _peak(pid: int) -> int:
    """The most that a process has had in memory, in MiB; what `getrusage` says begins with ours."""
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024
    return 0


def files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too, by its path from there."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }


def told(ended: Ended, code: int = 1) -> str:
    """The one line of the one error that a process ended in."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.said, ended.said
    lines = ended.said.splitlines()
    assert len(lines) == 1, ended.said
    assert lines[0].startswith("error: "), ended.said
    return lines[0].removeprefix("error: ")
