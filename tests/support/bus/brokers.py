"""Processes that speak on the bus as Rocket.Chat's services do."""

import itertools
import json
import os
import queue
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from components.services import Service

NODE_FOLDER = Path(__file__).parent / "node"
ANSWER_SECONDS = 60


class BrokerEndedError(Exception):
    """The process has ended, with what it wrote to stderr."""


class Broker:
    """A process of one pod, which offers some services and calls others."""

    def __init__(
        self,
        node: str,
        image: Service,
        services: Sequence[str],
        variables: Mapping[str, str],
        hosts: Mapping[str, Sequence[str]],
    ) -> None:
        """Starts the process, without waiting until it is on the bus.

        Args:
            node: Its name on the bus.
            image: The service whose image it stands for.
            services: What it offers.
            variables: Its environment, as the pod's container gets it.
            hosts: The names that it can resolve, with their addresses.
        """
        self.node = node
        self._numbers = itertools.count()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        own = {"PATH": os.environ["PATH"], "HOSTS": json.dumps(hosts)}
        self._process = subprocess.Popen(
            [
                str(find_node()),
                "--require",
                "./hosts.js",
                "broker.js",
                node,
                image.kebab_name,
                *services,
            ],
            cwd=NODE_FOLDER,
            env={**own, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors: list[str] = []
        self._readers = [Thread(target=self._read_answers), Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def wait_until_started(self, seconds: float = ANSWER_SECONDS) -> None:
        """Waits until the process is on the bus.

        Raises:
            BrokerEndedError: If it ends.
            TimeoutError: If it isn't in time.
        """
        self._next_answer(seconds)

    def services(self) -> dict[str, set[str]]:
        """Returns the services of each node that it sees, without moleculer's own."""
        seen = self._ask(request="services")
        return {
            node: {name for name in names if not name.startswith("$")}
            for node, names in seen.items()
        }

    def call(self, service: str, node: str | None = None, seconds: float = 60) -> str:
        """Calls a service, by a certain node if one is given; returns the node that answered.

        Raises:
            AssertionError: With moleculer's error, if the call fails.
        """
        options = {"timeout": seconds * 1000, **({"nodeID": node} if node else {})}
        said = f"hello {service}"
        action = f"{service}.echo"
        result = self._ask(request="call", action=action, params={"say": said}, options=options)
        assert result["said"] == said
        return str(result["nodeID"])

    def stop(self) -> None:
        """Ends the process as a pod's end does, or at once where that doesn't help."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _ask(self, **request: object) -> Any:  # noqa: ANN401 - JSON
        number = next(self._numbers)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, **request}) + "\n")
        self._process.stdin.flush()
        answer = self._next_answer(ANSWER_SECONDS + 30)
        assert answer["id"] == number
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["result"]

    def _next_answer(self, seconds: float) -> dict[str, Any]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"{self.node}: {''.join(self.errors)}") from None
        if not answer:
            self._process.wait()
            raise BrokerEndedError("".join(self.errors))
        return answer

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # moleculer's own log is on stdout, too.
            if line.startswith("{"):
                self._answers.put(json.loads(line))
            else:
                self.errors.append(line)
        self._answers.put({})

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.errors.append(line)


def find_node() -> Path | None:
    """Returns the path of Node.js, or None."""
    found = shutil.which("node")
    return Path(found) if found else None
