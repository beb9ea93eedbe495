"""Where each service answers, as the rendered objects say: the component's outputs."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

from components.kube.objects import (
    KubernetesObject,
    find_container,
    find_env,
    kind_and_name,
    nested_list,
    nested_map,
)
from components.manifests.workloads import find_services, find_workload
from components.services import ROCKETCHAT, Service

EDGE_KINDS = ("Ingress", "HTTPRoute")
"""The kinds that lead people's clients to a workspace."""
CLUSTER_DOMAIN = "svc.cluster.local"
"""The end of every Service's DNS name; the chart's NATS configuration uses the same."""


class Endpoint(TypedDict):
    """Where the instances of a service answer."""

    workload: str
    """Kind and name, as in `Deployment/chat-presence`."""
    instances: int
    """How many were asked for; the minimum where an autoscaler decides."""
    dns: NotRequired[str]
    """The name inside the cluster, if there is a Kubernetes Service."""
    ports: Mapping[str, int]
    """The ports of the Kubernetes Service, by name."""
    publicUrl: NotRequired[str]
    """Where people's clients reach it."""
    servers: NotRequired[list[str]]
    """The address of each server, where clients address them individually."""


def public_url(objects: Iterable[KubernetesObject], release: str) -> str:
    """The workspace's URL, which the monolith gets as `ROOT_URL`; empty if there is none."""
    workload = find_workload(objects, ROCKETCHAT, release)
    container = find_container(workload, ROCKETCHAT.container) if workload else None
    root_url = find_env(container, "ROOT_URL") if container else None
    return str(root_url["value"]) if root_url else ""


def endpoints(
    objects: list[KubernetesObject],
    services: Iterable[Service],
    release: str,
    namespace: str,
) -> dict[str, Endpoint]:
    """Returns the endpoint of each of `services` that was rendered, by its config name."""
    return {
        service.config_name: _endpoint(objects, service, workload, release, namespace)
        for service in services
        if (workload := find_workload(objects, service, release)) is not None
    }


def _endpoint(
    objects: list[KubernetesObject],
    service: Service,
    workload: KubernetesObject,
    release: str,
    namespace: str,
) -> Endpoint:
    name = workload["metadata"]["name"]
    kube_services = find_services(objects, service, release)
    # The one with the workload's name comes first; others only lead to its metrics.
    kube_services.sort(key=lambda obj: obj["metadata"]["name"] != name)
    ports: dict[str, int] = {}
    for kube_service in kube_services:
        for port in kube_service["spec"]["ports"]:
            # A Service's only port needs no name.
            ports.setdefault(port.get("name", str(port["port"])), port["port"])
    endpoint: Endpoint = {
        "workload": kind_and_name(workload),
        "instances": instances(objects, workload),
        "ports": ports,
    }
    if kube_services:
        endpoint["dns"] = f"{kube_services[0]['metadata']['name']}.{namespace}.{CLUSTER_DOMAIN}"
    public = _public_url_of(objects, service, kube_services, release)
    if public:
        endpoint["publicUrl"] = public
    if workload["kind"] == "StatefulSet":
        domain = f"{workload['spec']['serviceName']}.{namespace}.{CLUSTER_DOMAIN}"
        endpoint["servers"] = [f"{name}-{i}.{domain}" for i in range(endpoint["instances"])]
    return endpoint


def instances(objects: Iterable[KubernetesObject], workload: KubernetesObject) -> int:
    """How many instances of a workload are asked for; the minimum where an autoscaler decides."""
    target = {"kind": workload["kind"], "name": workload["metadata"]["name"]}
    for obj in objects:
        if obj["kind"] == "HorizontalPodAutoscaler":
            autoscaler = obj["spec"]
            if target.items() <= autoscaler["scaleTargetRef"].items():
                return int(autoscaler["minReplicas"])
    return int(workload["spec"].get("replicas", 1))


def _public_url_of(
    objects: list[KubernetesObject],
    service: Service,
    kube_services: list[KubernetesObject],
    release: str,
) -> str | None:
    """The public URL of a service, or None if people's clients don't connect to it."""
    root_url = public_url(objects, release)
    if service is ROCKETCHAT:
        return root_url
    if service.public_path is None or not root_url:
        return None
    names = {obj["metadata"]["name"] for obj in kube_services}
    edges = [obj for obj in objects if obj["kind"] in EDGE_KINDS]
    if any(service.public_path in paths_to(edge, names) for edge in edges):
        scheme, host = urlsplit(root_url)[:2]
        return f"{'wss' if scheme == 'https' else 'ws'}://{host}{service.public_path}"
    return None


def hosts_of(edges: Iterable[KubernetesObject]) -> list[str]:
    """The hosts that Ingresses or HTTPRoutes route."""
    hosts: list[str] = []
    for edge in edges:
        rules = nested_list(edge, "spec", "rules")
        hosts += [str(rule["host"]) for rule in rules if rule.get("host")]
        hosts += nested_map(edge, "spec").get("hostnames") or []
    return hosts


def paths_to(edge: KubernetesObject, services: Collection[str] | None = None) -> set[str]:
    """The paths that an Ingress or an HTTPRoute routes to Kubernetes Services of these names.

    Without `services`, to any.
    """

    def is_meant(backend: Mapping[str, Any]) -> bool:
        return services is None or backend.get("name") in services

    found = set()
    for rule in nested_list(edge, "spec", "rules"):
        found |= {
            str(path.get("path"))
            for path in nested_list(rule, "http", "paths")
            if is_meant(nested_map(path, "backend", "service"))
        }
        if any(map(is_meant, nested_list(rule, "backendRefs"))):
            matches = nested_list(rule, "matches")
            found |= {nested_map(match, "path").get("value", "/") for match in matches}
    return found
