"""A rendered workspace on a real bus: its NATS servers, and a process for each pod of ours."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.inputs.definitions import MONGODB_KEY, NATS_PASSWORD
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, find_container
from components.manifests.patches import apply_patches
from components.manifests.workloads import find_workload
from components.services import NATS, ROCKETCHAT, Service
from tests.support.bus.brokers import Broker
from tests.support.bus.pods import Cluster, Pod, environment
from tests.support.bus.servers import Server, external_server, pod_servers
from tests.support.loopback import draw_addresses
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import NEEDED, chart_of, render
from tests.support.waiting import wait_for

EXTERNAL_HOST = "nats.example.com"
PASSWORD = "drawn-Password_1"
SECRETS = {
    "chat-mongodb": {MONGODB_KEY: "mongodb://db.example.com/rocketchat"},
    "chat-nats-password": {"password": PASSWORD},
}


@dataclass
class Workspace:
    """A workspace whose processes run."""

    spec: WorkspaceSpec
    objects: list[KubernetesObject]
    cluster: Cluster
    servers: list[Server]
    hosts: dict[str, list[str]]
    brokers: dict[str, Broker] = field(default_factory=dict)
    """Each process, by its pod's name."""
    offered: dict[str, set[str]] = field(default_factory=dict)
    """The services that each process is to offer, by its pod's name."""

    def broker(self, service: Service, i: int = 0) -> Broker:
        """The process of a service's pod."""
        return self.brokers[f"{service.kebab_name}-{i}"]

    def environment(self, service: Service, name: str) -> dict[str, str]:
        """Returns what the container of a service gets in a pod of this name."""
        workload = find_workload(self.objects, service, self.spec.release)
        container = find_container(workload, service.container) if workload else None
        assert container is not None
        return environment(container, Pod(workload or {}, name, "127.0.0.1"), self.cluster)

    def start(self) -> None:
        """Starts a process for each container of ours, and waits until all are on the bus."""
        for service in self.spec.services:
            if service is NATS:
                continue
            for i in range(self.spec.replicas[service.name]):
                self._start(service, f"{service.kebab_name}-{i}")
        for broker in self.brokers.values():
            broker.wait_until_started()

    def seen_from(self, server: Server) -> dict[str, set[str]]:
        """Returns what a monolith sees on the bus that knows no other server than `server`."""
        name = f"observer-{server.address}"
        hosts = {host: [server.address] for host in self.hosts}
        observer = Broker(name, ROCKETCHAT, [], self.environment(ROCKETCHAT, name), hosts)
        try:
            observer.wait_until_started()
            return self.wait_for_everyone(observer)
        finally:
            observer.stop()

    def wait_for_everyone(self, broker: Broker) -> dict[str, set[str]]:
        """Returns the services that a process sees by node, once it sees all of the workspace."""
        seen: dict[str, set[str]] = {}

        def complete() -> bool:
            seen.clear()
            seen.update(
                {node: names for node, names in broker.services().items() if node in self.brokers}
            )
            return seen == self.offered

        wait_for(complete, f"{broker.node} sees {seen}", seconds=30)
        return seen

    def stop(self) -> None:
        """Ends every process."""
        for broker in self.brokers.values():
            broker.stop()
        for server in self.servers:
            server.stop()

    def _start(self, service: Service, name: str) -> None:
        services = [service.kebab_name]
        variables = self.environment(service, name)
        # As Rocket.Chat decides it: with this form the monolith leaves the work to the others.
        if service is ROCKETCHAT and not variables["TRANSPORTER"].startswith(("nats://", "TCP")):
            services.append("everything-else")
        self.offered[name] = set(services)
        self.brokers[name] = Broker(name, service, services, variables, self.hosts)


@contextmanager
def running_workspace(
    inputs: Mapping[str, Any], nats_server: Path, folder: Path
) -> Iterator[Workspace]:
    """Yields the workspace of these inputs with its NATS servers, and ends all that it starts.

    Args:
        inputs: The workspace's inputs; an external NATS is at `EXTERNAL_HOST`.
        nats_server: The path of NATS.
        folder: Where the servers keep their files.
    """
    secrets = dict(SECRETS)
    if "nats_url" in inputs:
        secrets["chat-nats-url"] = {"url": inputs["nats_url"]}
    if "nats" in inputs and "existing_secret" in inputs["nats"]:
        reference = inputs["nats"]["existing_secret"]
        secrets[reference["name"]] = {reference["key"]: f"nats://{EXTERNAL_HOST}:4222"}
    spec = resolve({**NEEDED, **inputs})
    objects = apply_patches(
        render(SIMULATION_CHART, spec),
        spec,
        chart_of(SIMULATION_CHART).app_version,
    )
    config_maps = {
        obj["metadata"]["name"]: obj["data"] for obj in objects if obj["kind"] == "ConfigMap"
    }
    cluster = Cluster(secrets, config_maps)
    number = spec.replicas.get(NATS.name, 0)
    addresses = draw_addresses(max(number, 1), NATS.port)
    if number:
        nats = find_workload(objects, NATS, spec.release)
        assert nats is not None
        domain = f"{nats['spec']['serviceName']}.{spec.namespace}.svc.cluster.local"
        hosts = {
            f"{nats['metadata']['name']}-{i}.{domain}": [address]
            for i, address in enumerate(addresses)
        }
        servers = pod_servers(nats_server, nats, cluster, hosts, folder)
        hosts |= {f"{spec.release}-nats": addresses}
    else:
        hosts = {EXTERNAL_HOST: addresses}
        url = inputs.get("nats_url", "")
        login = url.partition("://")[2].rpartition("@")[0]
        servers = [external_server(nats_server, addresses[0], folder, login)]
    workspace = Workspace(spec, objects, cluster, servers, hosts)
    with ExitStack() as stack:
        stack.callback(workspace.stop)
        for server in servers:
            server.start()
        yield workspace


def login_of(workspace: Workspace) -> str | None:
    """The password that the bundled NATS asks for, if it does."""
    return workspace.environment(NATS, "chat-nats-0").get(NATS_PASSWORD)
