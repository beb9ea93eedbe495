"""Starts, reuses, repairs and removes a simulated cluster."""

import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from components.kube.api import Api, ApiError
from components.kube.connection import Connection, DirectConnection
from components.kube.objects import KubernetesObject
from tools.errors import ToolError
from tools.simulation import gateway_api, processes, prometheus_operator, topology, watchdog
from tools.simulation.definition import COMPONENTS, PROGRAMS
from tools.simulation.installation import Installation
from tools.toolchain import ensure

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

MAX_LAUNCHES = 5
KWOK = "kwok-controller"
"""A controller manager ends if it finds no server within ten seconds, as on a busy machine."""
START_SECONDS = 120.0
SETTLE_SECONDS = 60.0
RUNNING_TIMEOUT_SECONDS = 5.0
"""How long a running server, which may be busy, can take to say that it is ready."""
STARTING_TIMEOUT_SECONDS = 0.5
"""The same for a server that has just been started."""
PAUSE_SECONDS = 0.05


class Cluster:
    """A simulated cluster, whose files are all in `folder`.

    Its processes outlive the program that starts them, and its objects outlive its processes. It
    listens on loopback only. Clusters in different folders run side by side. One whose folder is
    deleted ends by itself. Its nodes are `nodes`; by default one in each of three zones.
    """

    def __init__(self, folder: Path, nodes: Sequence[KubernetesObject] | None = None) -> None:
        self._nodes = nodes
        self._folder = folder.resolve()
        self._files = Installation(self._folder)
        self.kubeconfig = self._files.kubeconfig

    def up(self) -> bool:
        """Starts, reuses or repairs the cluster, and returns whether there was anything to do.

        On return the API answers, the nodes are Ready, and there is a default StorageClass. A
        cluster that doesn't answer is started again with the objects that it had. Another `up` in
        the same folder waits for this one.

        Raises:
            ToolError: If the cluster doesn't start. The message quotes the log.
        """
        if "," in str(self._folder):
            raise ToolError(f"kwok can't run in a folder with a comma in its path: {self._folder}")
        with self._lock():
            programs = ensure(PROGRAMS)
            try:
                return self._bring_up(programs)
            except ToolError:
                # Another process may have taken a port after it was chosen.
                self._bring_up(programs)
                return True

    def down(self) -> None:
        """Stops the cluster and removes it with all its objects, if there is one."""
        with self._lock():
            processes.kill(self._processes())
            self._files.remove()

    def api(self) -> Api:
        """Returns the API with an administrator's rights; close it, or use it in a `with`.

        Raises:
            ToolError: If the cluster was never started.
        """
        return Api(self._connection())

    def client(self) -> "ApiClient":
        """Returns the official client in place of `api`, with its typed methods.

        Raises:
            ToolError: If the cluster was never started.
        """
        # Imported only here, as it takes longer than a whole `make up` with nothing to do.
        from kubernetes.client import ApiClient, Configuration  # noqa: PLC0415

        configuration = Configuration(host=self._files.server)
        configuration.ssl_ca_cert = self._files.key("ca.crt")
        configuration.cert_file = self._files.key("admin.crt")
        configuration.key_file = self._files.key("admin.key")
        configuration.proxy = None
        configuration.retries = False
        return ApiClient(configuration)

    def kill(self, component: str) -> None:
        """Ends one of `COMPONENTS` as a crash would; `up` repairs it."""
        processes.kill(self._processes(component))

    def pause(self, component: str) -> None:
        """Stops one of `COMPONENTS` without ending it; `up` repairs it."""
        processes.pause(self._processes(component))

    def resume(self, component: str) -> None:
        """Lets one of `COMPONENTS` go on that was paused."""
        processes.resume(self._processes(component))

    def _connection(self) -> Connection:
        tls = ssl.create_default_context(cafile=self._files.key("ca.crt"))
        tls.load_cert_chain(self._files.key("admin.crt"), self._files.key("admin.key"))
        return DirectConnection(self._files.server, tls)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        lock = FileLock(self._folder / "lock")
        try:
            lock.acquire()
        except PermissionError as error:
            raise ToolError(
                f"{self._folder} belongs to another user, and so does a cluster in it."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _processes(self, *components: str) -> list[processes.Process]:
        found = processes.in_folder(self._files.folder)
        return [item for item in found if not components or item.program in components]

    def _missing(self) -> list[str]:
        running = {process.program for process in self._processes() if not process.paused}
        return [component for component in COMPONENTS if component not in running]

    def _is_healthy(self, programs: Mapping[str, Path]) -> bool:
        complete = self._files.is_current(programs) and not self._missing()
        return complete and self._is_ready(RUNNING_TIMEOUT_SECONDS)

    def _is_ready(self, timeout_seconds: float) -> bool:
        try:
            connections = (self._connection(), DirectConnection(self._files.kwok))
            for connection in connections:
                with closing(connection):
                    response = connection.request("GET", "/readyz", None, {}, timeout_seconds)
                if response.status != HTTPStatus.OK:
                    return False
        except (OSError, HTTPException):
            return False
        return True

    def _bring_up(self, programs: Mapping[str, Path]) -> bool:
        restart = not self._is_healthy(programs)
        if restart:
            self._start(programs)
        else:
            watchdog.start(self._files.definition)
        try:
            with self.api() as api:
                definitions = prometheus_operator.DEFINITIONS.read()
                created = topology.create(api, definitions, self._nodes)
                self._settle(api)
                created |= topology.create_gateway(api)
        except ApiError as error:
            raise self._error(f"the API server fails: {error}", "kube-apiserver") from error
        return restart or created

    def _start(self, programs: Mapping[str, Path]) -> None:
        """Starts all components anew: those that run may be paused, stuck or half-started."""
        processes.kill(self._processes())
        self._files.place(programs)
        watchdog.start(self._files.definition)
        definitions = gateway_api.DEFINITIONS.read()
        deadline = time.monotonic() + START_SECONDS
        launches = 0
        while (missing := self._missing()) or not self._is_ready(STARTING_TIMEOUT_SECONDS):
            if time.monotonic() > deadline:
                raise self._error("the API server or kwok doesn't answer", "kube-apiserver")
            # In a new cluster kwok ends, as it plays kinds that aren't there yet.
            undefined = launches and missing == [KWOK] and not self._is_defined(definitions)
            if missing and not undefined:
                if launches == MAX_LAUNCHES:
                    raise self._error(f"{missing[0]} ends as soon as it starts", missing[0])
                launches += 1
                self._files.launch(missing)
            time.sleep(PAUSE_SECONDS)

    def _is_defined(self, definitions: list[KubernetesObject]) -> bool:
        """Whether the API server has the kinds that kwok plays, which are created if need be."""
        try:
            with self.api() as api:
                return topology.define_gateway_api(api, definitions)
        except ApiError:
            return False

    def _settle(self, api: Api) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while reason := topology.unsettled(api):
            for component in self._missing():
                raise self._error(f"{component} has ended", component)
            if time.monotonic() > deadline:
                raise self._error(reason, KWOK)
            time.sleep(PAUSE_SECONDS)

    def _error(self, reason: str, component: str) -> ToolError:
        return self._files.start_error(reason, self._files.log(component))
