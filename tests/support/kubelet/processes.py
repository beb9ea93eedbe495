"""The processes that run in played containers."""

import os
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from components.services import NATS_MONITOR_PORT
from tests.support.loopback import draw_addresses
from tests.support.paths import ROOT
from tests.support.waiting import wait_for

Address = tuple[str, int]
ANSWER_SECONDS = 60


class Process:
    """A process whose output is read line by line."""

    def __init__(self, words: Sequence[str | Path]) -> None:
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def command(self, text: str) -> None:
        """Writes a line to its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def wait_for(self, line: str) -> None:
        """Waits until it writes this line."""
        while self._lines.get(timeout=ANSWER_SECONDS) != line:
            pass

    def signal(self, number: int) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def hang(self) -> None:
        """Stops it, all threads included, so that it answers nothing; SIGCONT lets it go on."""
        self.signal(signal.SIGSTOP)
        # The signal alone leaves it time for an answer.
        os.waitpid(self._process.pid, os.WUNTRACED)

    def wait(self, seconds: float | None = None) -> int | None:
        """Returns its exit code, or None if it hasn't ended in time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())


def stand_in(address: Address, bus: Address) -> Process:
    """Starts a process that plays a service, which listens once it is told to."""
    module = "tests.support.kubelet.stand_in"
    return Process([sys.executable, "-m", module, *map(str, (*address, *bus))])


class Bus:
    """A NATS server that can go away and come back."""

    def __init__(self, program: Path, port: int) -> None:
        self._program = program
        self.address: Address = (draw_addresses(1, port)[0], port)
        self._process: Process | None = None

    @property
    def runs(self) -> bool:
        """Whether there is a server."""
        return self._process is not None

    def start(self) -> Process:
        """Starts the server, and returns its process once it takes clients."""
        host, port = self.address
        options = ["--addr", host, "--port", str(port), "-m", str(NATS_MONITOR_PORT)]
        self._process = Process([self._program, *options, "--log", "/dev/null"])
        wait_for(self._listens, "NATS didn't start")
        return self._process

    def kill(self) -> None:
        """Ends the server, as a node that is lost does."""
        if self._process is not None:
            self._process.signal(signal.SIGKILL)
            self._process.close()
            self._process = None

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.address[0], NATS_MONITOR_PORT)).close()
            socket.create_connection(self.address).close()
        except OSError:
            return False
        return True
