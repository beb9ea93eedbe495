"""Objects -> where each instance answers: the outputs, taken from what was rendered."""

from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict
from urllib.parse import urlsplit

from components.kube.objects import KubernetesObject, find_container, find_env
from components.manifests.workloads import find_services, find_workload
from components.services import ROCKETCHAT, Service

CLUSTER_DOMAIN = "svc.cluster.local"
"""The end of every Service's DNS name; the chart's NATS configuration says the same."""


class Endpoint(TypedDict):
    """Where the instances of one service answer."""

    workload: str
    """Kind and name, such as `Deployment/chat-presence`."""
    instances: int
    """How many were asked for."""
    dns: NotRequired[str]
    """The name inside the cluster, where a Kubernetes Service leads there."""
    ports: Mapping[str, int]
    """Each port by its name on the Service."""
    publicUrl: NotRequired[str]
    """Where people's clients reach it."""
    servers: NotRequired[list[str]]
    """Each server's own address, where clients know the servers one by one."""


def public_url(objects: Iterable[KubernetesObject], release: str) -> str:
    """Where the workspace answers, as the monolith itself is told by `ROOT_URL`."""
    one = find_workload(objects, ROCKETCHAT, release)
    held = find_container(one, ROCKETCHAT.container) if one else None
    root = find_env(held, "ROOT_URL") if held else None
    return str(root["value"]) if root else ""


def endpoints(
    objects: list[KubernetesObject],
    services: Iterable[Service],
    release: str,
    namespace: str,
) -> dict[str, Endpoint]:
    """Each service's endpoint, by the service's config name; those rendered, and no others."""
    found = {}
    for service in services:
        one = find_workload(objects, service, release)
        if one is not None:
            found[service.config_name] = _endpoint(objects, service, one, release, namespace)
    return found


def _endpoint(
    objects: list[KubernetesObject],
    service: Service,
    one: KubernetesObject,
    release: str,
    namespace: str,
) -> Endpoint:
    name = one["metadata"]["name"]
    leading = find_services(objects, service, release)
    # The one that is named as the workload comes first; others lead to its metrics only.
    leading.sort(key=lambda each: each["metadata"]["name"] != name)
    ports: dict[str, int] = {}
    for each in leading:
        for port in each["spec"]["ports"]:
            # A Service's only port may go without a name.
            ports.setdefault(port.get("name", str(port["port"])), port["port"])
    endpoint: Endpoint = {
        "workload": f"{one['kind']}/{name}",
        "instances": instances(objects, one),
        "ports": ports,
    }
    if leading:
        endpoint["dns"] = f"{leading[0]['metadata']['name']}.{namespace}.{CLUSTER_DOMAIN}"
    public = _public(objects, service, leading, release)
    if public:
        endpoint["publicUrl"] = public
    if one["kind"] == "StatefulSet":
        within = f"{one['spec']['serviceName']}.{namespace}.{CLUSTER_DOMAIN}"
        endpoint["servers"] = [f"{name}-{i}.{within}" for i in range(endpoint["instances"])]
    return endpoint


def instances(objects: Iterable[KubernetesObject], one: KubernetesObject) -> int:
    """How many instances of a workload were asked for; the fewest where an autoscaler decides."""
    target = {"kind": one["kind"], "name": one["metadata"]["name"]}
    for each in objects:
        if each["kind"] == "HorizontalPodAutoscaler":
            spec = each["spec"]
            if target.items() <= spec["scaleTargetRef"].items():
                return int(spec["minReplicas"])
    return int(one["spec"].get("replicas", 1))


def _public(
    objects: list[KubernetesObject],
    service: Service,
    leading: list[KubernetesObject],
    release: str,
) -> str | None:
    """The public address of a service, if people's clients are led to it."""
    root = public_url(objects, release)
    if service is ROCKETCHAT:
        return root
    if service.public_path is None or not root:
        return None
    names = {each["metadata"]["name"] for each in leading}
    for one in objects:
        if one["kind"] == "Ingress" and service.public_path in paths_to(one, names):
            secure = urlsplit(root).scheme == "https"
            return f"{'wss' if secure else 'ws'}://{urlsplit(root).netloc}{service.public_path}"
    return None


def paths_to(ingress: KubernetesObject, names: set[str]) -> set[str]:
    """The paths that an Ingress leads to the Services `names`."""
    return {
        path["path"]
        for rule in ingress["spec"].get("rules", [])
        for path in rule.get("http", {}).get("paths", [])
        if path["backend"].get("service", {}).get("name") in names
    }
