"""One simulated cluster: started, reused, repaired and removed."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from filelock import FileLock
from kubernetes.client import ApiClient, ApiException, Configuration
from urllib3.exceptions import HTTPError

from tools.errors import ToolError
from tools.simulation import processes, topology
from tools.simulation.definition import COMPONENTS
from tools.simulation.installation import Installation
from tools.toolchain import ensure

# A controller manager that finds no server within ten seconds ends. On a busy machine that happens.
LAUNCHES = 3
START_SECONDS = 120.0
SETTLE_SECONDS = 60.0
# How long a server may take to say that it is ready: one that has to be, and one that is starting.
BUSY_SECONDS = 5.0
POLL_SECONDS = 0.5


class Cluster:
    """One simulated cluster, kept under a folder of the checkout.

    Its processes outlive the program that starts them, and its objects outlive its processes. It
    writes to `folder` only and listens on loopback only. Any number of clusters run side by side in
    different folders.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files = Installation(self._folder)
        self.kubeconfig = self._files.kubeconfig

    def up(self) -> bool:
        """Start, reuse or repair the cluster, and return whether there was anything to do.

        On return the API answers, the nodes are Ready, and a default StorageClass is there. A
        cluster that doesn't serve is started again with the objects that it had. Another `up` in
        the same folder waits for this one.
        """
        if "," in str(self._folder):
            raise ToolError(f"kwok can't run in a folder with a comma: {self._folder}")
        with self._alone():
            programs = ensure([*COMPONENTS.values(), "kwokctl"])
            try:
                return self._bring_up(programs)
            except ToolError:
                # Somebody may have taken a port between its choice and its use.
                self._bring_up(programs)
                return True

    def down(self) -> None:
        """Stop the cluster and remove it with all its objects; without one, do nothing."""
        with self._alone():
            processes.kill(self._processes())
            self._files.remove()

    def client(self) -> ApiClient:
        """Return a client of the cluster, as its administrator; close it, or use it in a `with`."""
        configuration = Configuration(host=self._files.server)
        configuration.ssl_ca_cert = self._files.key("ca.crt")
        configuration.cert_file = self._files.key("admin.crt")
        configuration.key_file = self._files.key("admin.key")
        configuration.proxy = None
        configuration.retries = False
        return ApiClient(configuration)

    def kill(self, component: str) -> None:
        """End one of `COMPONENTS` as a crash would; `up` repairs."""
        processes.kill(self._processes(component))

    def pause(self, component: str) -> None:
        """Stop one of `COMPONENTS` in its tracks: it neither works nor ends; `up` repairs."""
        processes.pause(self._processes(component))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = FileLock(self._folder / "lock")
        try:
            lock.acquire()
        except PermissionError as error:
            raise ToolError(
                f"{self._folder} is another user's, and so is a cluster there"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _processes(self, *components: str) -> list[processes.Process]:
        found = processes.of(self._files.folder)
        return [each for each in found if not components or each.program in components]

    def _missing(self) -> list[str]:
        working = {each.program for each in self._processes() if not each.paused}
        return [component for component in COMPONENTS if component not in working]

    def _serves(self, programs: Mapping[str, Path]) -> bool:
        whole = self._files.is_current(programs) and not self._missing()
        return whole and self._answers(BUSY_SECONDS)

    def _answers(self, seconds: float) -> bool:
        try:
            with self.client() as api:
                answers = [
                    api.call_api("GET", probe, _request_timeout=seconds)
                    for probe in self._files.probes
                ]
            return all(answer.status == HTTPStatus.OK for answer in answers)
        except (ApiException, HTTPError, OSError):
            return False

    def _bring_up(self, programs: Mapping[str, Path]) -> bool:
        started = not self._serves(programs)
        if started:
            self._start(programs)
        try:
            with self.client() as api:
                created = topology.create(api)
                self._settle(api)
        except (ApiException, HTTPError) as error:
            raise self._failure(f"the API server fails: {error}", "kube-apiserver") from error
        return started or created

    def _start(self, programs: Mapping[str, Path]) -> None:
        """Start all components anew: what is left of them may be paused, stuck or half-started."""
        processes.kill(self._processes())
        self._files.place(programs)
        deadline = time.monotonic() + START_SECONDS
        launches = 0
        while (missing := self._missing()) or not self._answers(POLL_SECONDS):
            if time.monotonic() > deadline:
                raise self._failure("the API server or kwok doesn't answer", "kube-apiserver")
            if missing:
                if launches == LAUNCHES:
                    raise self._failure(f"{missing[0]} ends as soon as it starts", missing[0])
                launches += 1
                self._files.launch(missing)
            time.sleep(0.05)

    def _settle(self, api: ApiClient) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while reason := topology.unsettled(api):
            for component in self._missing():
                raise self._failure(f"{component} has ended", component)
            if time.monotonic() > deadline:
                raise self._failure(reason, "kwok-controller")
            time.sleep(0.05)

    def _failure(self, reason: str, component: str) -> ToolError:
        return self._files.failure(reason, self._files.log(component))
