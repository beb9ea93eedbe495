"""Which paths of the public address lead to which Kubernetes Service."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from components.manifests.workloads import find_services
from components.services import DDP_STREAMER, ROCKETCHAT, Service

CLIENT_PATHS: Mapping[Service, tuple[str, ...]] = {
    DDP_STREAMER: ("/sockjs", "/websocket"),
    ROCKETCHAT: ("/",),
}
"""The paths by which people's clients reach a service."""


@dataclass(frozen=True)
class Route:
    """Paths that lead to one Kubernetes Service."""

    paths: tuple[str, ...]
    service: str
    port: int


def routes(objects: list[KubernetesObject], spec: WorkspaceSpec) -> Iterator[Route]:
    """Yields the routes that whatever is at the edge needs, the more specific ones first."""
    ports = {ROCKETCHAT: spec.args["service"]["port"], DDP_STREAMER: DDP_STREAMER.port}
    for service, paths in CLIENT_PATHS.items():
        if service not in spec.services:
            continue
        for obj in find_services(objects, service, spec.release):
            if ports[service] in [port["port"] for port in obj["spec"]["ports"]]:
                yield Route(paths, obj["metadata"]["name"], ports[service])
                break
