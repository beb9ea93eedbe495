"""The HTTPRoute by which a Gateway leads people's clients to the workspace.

https://gateway-api.sigs.k8s.io/reference/spec/
"""

from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, match_labels
from components.manifests.routes import Route, routes
from components.manifests.workloads import find_workload
from components.services import ROCKETCHAT

API_VERSION = "gateway.networking.k8s.io/v1"
_NO_TIMEOUT = {"request": "0s", "backendRequest": "0s"}
"""A WebSocket is one request that lasts as long as somebody is online."""


def add_http_route(objects: list[KubernetesObject], spec: WorkspaceSpec) -> list[KubernetesObject]:
    """Returns `objects` with the HTTPRoute, if the workspace is exposed through a Gateway."""
    monolith = find_workload(objects, ROCKETCHAT, spec.release)
    if spec.gateway is None or monolith is None:
        return objects
    parent = {"name": spec.gateway.name, "namespace": spec.gateway.namespace}
    if spec.gateway.section is not None:
        parent["sectionName"] = spec.gateway.section
    route = {
        "apiVersion": API_VERSION,
        "kind": "HTTPRoute",
        "metadata": {
            "name": monolith["metadata"]["name"],
            "namespace": spec.namespace,
            "labels": match_labels(monolith),
        },
        "spec": {
            "parentRefs": [parent],
            "hostnames": spec.hosts,
            "rules": [_rule(route) for route in routes(objects, spec)],
        },
    }
    return [*objects, route]


def _rule(route: Route) -> dict[str, Any]:
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": path}} for path in route.paths],
        "backendRefs": [{"name": route.service, "port": route.port}],
        "timeouts": _NO_TIMEOUT,
    }
