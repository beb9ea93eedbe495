"""One container and its probes, played as the kubelet does.

The clock is the pod's own: an hour passes as fast as the probes of an hour are played, and answers
are real. What the kubelet does is in Kubernetes's documentation of probes and of the pod lifecycle.
"""

import http.client
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.kube.objects import KubernetesObject, nested_map
from tests.support.kubelet.processes import Process

DEFAULTS = {
    "initialDelaySeconds": 0,
    "periodSeconds": 10,
    "timeoutSeconds": 1,
    "failureThreshold": 3,
}
"""Kubernetes's own, for fields that a probe leaves out."""
GRACE_SECONDS = 30
"""Kubernetes's own, for a pod that says nothing."""
_KINDS = ("startupProbe", "livenessProbe", "readinessProbe")


@dataclass
class _Probe:
    """A probe of the container that runs now."""

    fields: Mapping[str, Any]
    due: float
    failures: int = 0
    succeeded: bool = False

    def __getitem__(self, name: str) -> float:
        return float(self.fields.get(name, DEFAULTS[name]))


@dataclass
class Pod:
    """A pod with one container, which starts a process and is restarted as its probes say."""

    spec: Mapping[str, Any]
    """The pod's spec, as rendered."""
    container: KubernetesObject
    host: str
    start_process: Callable[[], Process]
    patience: float | None = None
    """Seconds until a real answer is given up, in place of a probe's own timeout."""
    now: float = 0
    """Seconds since the pod was made, by its own clock."""
    restarts: int = 0
    exit_code: int | None = None
    """How the last process ended."""
    process: Process = field(init=False)
    _probes: dict[str, _Probe] = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    @property
    def ready(self) -> bool:
        """Whether Services lead to it."""
        if not self._started:
            return False
        readiness = self._probes.get("readinessProbe")
        return readiness is None or readiness.succeeded

    def run(self, seconds: float) -> None:
        """Lets time pass, with every probe that is due, and restarts what has to be restarted."""
        end = self.now + seconds
        while True:
            kind = min(self._probes, key=lambda name: self._probes[name].due, default=None)
            if self.process.has_ended():
                self._restart()
                continue
            if kind is None or self._probes[kind].due > end:
                self.now = max(self.now, end)
                return
            self.now = max(self.now, self._probes[kind].due)
            self._play(kind)

    def terminate(self) -> None:
        """Ends the pod as the kubelet does: preStop, SIGTERM, and SIGKILL after the grace."""
        self.drain()
        self.end()

    def drain(self) -> None:
        """Begins the pod's end: lets its preStop pass, in which the process serves on."""
        self.now += self._pre_stop_seconds

    def end(self) -> None:
        """Ends the process: SIGTERM, and SIGKILL after what is left of the grace."""
        grace = self.spec.get("terminationGracePeriodSeconds", GRACE_SECONDS)
        left = grace - self._pre_stop_seconds
        self.process.signal(signal.SIGTERM)
        self.exit_code = self.process.wait(self.patience or left)
        if self.exit_code is None:
            self.now += left
            self.process.signal(signal.SIGKILL)
            self.exit_code = self.process.wait()

    @property
    def _pre_stop_seconds(self) -> int:
        sleep = nested_map(self.container, "lifecycle", "preStop", "sleep")
        return int(sleep.get("seconds", 0))

    def close(self) -> None:
        """Ends the process at once."""
        self.process.close()

    @property
    def _started(self) -> bool:
        startup = self._probes.get("startupProbe")
        return startup is None or startup.succeeded

    def _start(self) -> None:
        self.process = self.start_process()
        self._probes = {}
        for kind in _KINDS:
            fields = self.container.get(kind)
            if fields is not None:
                delay = fields.get("initialDelaySeconds", DEFAULTS["initialDelaySeconds"])
                self._probes[kind] = _Probe(fields, self.now + delay)

    def _restart(self) -> None:
        self.process.close()
        self.restarts += 1
        self._start()

    def _play(self, kind: str) -> None:
        probe = self._probes[kind]
        probe.due += probe["periodSeconds"]
        if kind == "startupProbe":
            if probe.succeeded:
                return
        elif not self._started:
            return
        if self._succeeds(probe):
            probe.failures = 0
            probe.succeeded = True
            return
        probe.failures += 1
        if probe.failures < probe["failureThreshold"]:
            return
        probe.succeeded = False
        if kind != "readinessProbe":
            self.terminate()
            self._restart()

    def _succeeds(self, probe: _Probe) -> bool:
        timeout = self.patience or probe["timeoutSeconds"]
        try:
            if "tcpSocket" in probe.fields:
                address = self.host, self._port(probe.fields["tcpSocket"]["port"])
                socket.create_connection(address, timeout).close()
                return True
            return self._gets(probe.fields["httpGet"], timeout)
        except (OSError, http.client.HTTPException):
            return False

    def _gets(self, request: Mapping[str, Any], timeout: float) -> bool:
        connection = http.client.HTTPConnection(
            self.host, self._port(request["port"]), timeout=timeout
        )
        try:
            connection.request("GET", request.get("path", "/"))
            status = connection.getresponse().status
        finally:
            connection.close()
        return http.HTTPStatus.OK <= status < http.HTTPStatus.BAD_REQUEST

    def _port(self, port: int | str) -> int:
        if isinstance(port, int):
            return port
        return next(
            int(item["containerPort"]) for item in self.container["ports"] if item["name"] == port
        )
