"""A network of pods: the API server of a simulated cluster reaches small servers in their place.

The API server is told to leave for the cluster's network by a proxy, as where a tunnel leads there:
https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from unittest.mock import patch

from tests.support.http_server import Response, Server, serve
from tools.simulation import definition
from tools.simulation.cluster import Cluster


class PodNetwork:
    """The servers of pods, by their addresses."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._servers: dict[str, Server] = {}

    def answer(self, address: str, port: int, path: str, text: str) -> None:
        """Lets a pod's port answer a path with a text from now on."""
        name = f"{address}:{port}"
        if name not in self._servers:
            self._servers[name] = self._stack.enter_context(serve())
        self._servers[name].responses[path] = Response(text)

    def connect(self, name: str) -> socket.socket | None:
        """Returns a connection to the server of an address and port, if there is one."""
        server = self._servers.get(name)
        if server is None:
            return None
        host, _, port = server.url.removeprefix("http://").partition(":")
        return socket.create_connection((host, int(port)))


@contextmanager
def networked_cluster(folder: Path) -> Iterator[tuple[Cluster, PodNetwork]]:
    """Runs a simulated cluster with a network of pods."""
    with ExitStack() as stack:
        network = PodNetwork(stack)
        proxy = stack.enter_context(_proxy(network))
        file = folder / "egress.json"
        file.write_text(json.dumps(_egress(proxy)), encoding="utf-8")
        stack.enter_context(patch.object(definition, "compose", _composed_with(file)))
        cluster = Cluster(folder / "cluster")
        stack.callback(cluster.down)
        cluster.up()
        yield cluster, network


def _egress(proxy: str) -> Mapping[str, Any]:
    connection = {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": proxy}}}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{"name": "cluster", "connection": connection}],
    }


def _composed_with(file: Path) -> Any:  # noqa: ANN401 - as `compose`
    original = definition.compose
    flag = {"key": "egress-selector-config-file", "value": str(file)}

    def compose(programs: Mapping[str, Path], ports: Mapping[str, int], folder: Path) -> str:
        first, separator, stages = original(programs, ports, folder).partition(definition.SEPARATOR)
        configuration = json.loads(first)
        configuration["componentsPatches"].append({"name": "kube-apiserver", "extraArgs": [flag]})
        return json.dumps(configuration, indent=2) + separator + stages

    return compose


@contextmanager
def _proxy(network: PodNetwork) -> Iterator[str]:
    """Runs a proxy that connects to the network's servers, and yields the path of its socket."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            name = self.rfile.readline().split()[1].decode()
            while self.rfile.readline().strip():
                pass
            server = network.connect(name)
            if server is None:
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with server:
                back = Thread(target=_copy, args=(server, self.connection), daemon=True)
                back.start()
                _copy(self.connection, server)
                back.join()

    class Proxy(ThreadingUnixStreamServer):
        daemon_threads = True

    # The path of a socket is short.
    with TemporaryDirectory() as folder:
        path = f"{folder}/proxy"
        with Proxy(path, Handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield path
            server.shutdown()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
