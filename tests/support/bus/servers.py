"""Real NATS servers, started as the StatefulSet's pods are."""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.kube.objects import KubernetesObject, nested_list, nested_map, pod_spec
from components.services import NATS, NATS_CLUSTER_PORT, NATS_MONITOR_PORT
from tests.support.bus.pods import Cluster, Pod, command, environment
from tests.support.waiting import wait_for


@dataclass
class Server:
    """One NATS server."""

    address: str
    words: list[str]
    variables: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server, and returns once it takes clients."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.words,
                env={"PATH": os.environ["PATH"], **self.variables},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._is_healthy, f"NATS didn't start: {self.log}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends the server by a signal."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def drain(self) -> None:
        """Sends its clients to other servers, as the rendered preStop does; it ends by itself."""
        if self.process is not None:
            self.process.send_signal(signal.SIGUSR2)
            self.process.wait()

    def routes(self) -> int:
        """How many connections to other servers it has."""
        return len({route["remote_name"] for route in self._monitor("routez")["routes"] or []})

    def _is_healthy(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(self.log.read_text(encoding="utf-8"))
        try:
            return bool(self._monitor("healthz")["status"] == "ok")
        except OSError:
            return False

    def _monitor(self, page: str) -> Any:  # noqa: ANN401 - JSON
        url = f"http://{self.address}:{NATS_MONITOR_PORT}/{page}"
        with urllib.request.urlopen(url, timeout=5) as response:
            return json.load(response)


def pod_servers(
    binary: Path,
    workload: KubernetesObject,
    cluster: Cluster,
    hosts: Mapping[str, Sequence[str]],
    folder: Path,
) -> list[Server]:
    """Returns a server for each pod of the StatefulSet, not started yet.

    They run the rendered command on the rendered configuration. Other than in a pod are the paths
    of mounted volumes and the addresses: a pod listens on all of its own.

    Args:
        binary: The path of `nats-server`.
        workload: The StatefulSet.
        cluster: What the pods read.
        hosts: The name of each pod, in their order, with its address.
        folder: Where the volumes and logs are.
    """
    (container,) = (item for item in pod_spec(workload)["containers"] if item["name"] == "nats")
    volumes = {volume["name"]: volume for volume in nested_list(pod_spec(workload), "volumes")}
    servers = []
    for i, (address,) in enumerate(hosts.values()):
        pod = Pod(workload, f"{workload['metadata']['name']}-{i}", address)
        variables = environment(container, pod, cluster)
        mounts = {}
        for mount in container["volumeMounts"]:
            place = folder / pod.name / mount["name"]
            place.mkdir(parents=True)
            mounts[mount["mountPath"]] = str(place)
            name = nested_map(volumes[mount["name"]], "configMap").get("name")
            for file, text in cluster.config_maps.get(str(name), {}).items():
                (place / file).write_text(text, encoding="utf-8")
        for path in (folder / pod.name).rglob("*.conf"):
            text = _at_mounts(path.read_text(encoding="utf-8"), mounts)
            path.write_text(_at_addresses(text, hosts), encoding="utf-8")
        words = [_at_mounts(word, mounts) for word in command(container, variables)]
        listen = ["--addr", address, "--cluster", f"nats://{address}:{NATS_CLUSTER_PORT}"]
        own_name = {
            name: hosts[value][0] if value in hosts else value for name, value in variables.items()
        }
        log = folder / f"{pod.name}.log"
        servers.append(Server(address, [str(binary), *words[1:], *listen], own_name, log))
    return servers


def external_server(binary: Path, address: str, folder: Path, login: str = "") -> Server:
    """Returns a server that somebody else runs, not started yet."""
    user, _, password = login.partition(":")
    options = ["--user", user, "--pass", password] if login else []
    words = ["--addr", address, "--port", str(NATS.port), "-m", str(NATS_MONITOR_PORT)]
    return Server(address, [str(binary), *words, *options], {}, folder / "external.log")


def _at_mounts(text: str, mounts: Mapping[str, str]) -> str:
    for path, place in mounts.items():
        text = text.replace(path, place)
    return text


def _at_addresses(text: str, hosts: Mapping[str, Sequence[str]]) -> str:
    """Returns `text` with the first address of each host in the place of its name in URLs."""
    for name in sorted(hosts, key=len, reverse=True):
        text = text.replace(f"//{name}:", f"//{hosts[name][0]}:")
    return text
