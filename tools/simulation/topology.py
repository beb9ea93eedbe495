"""What a cluster has before anything is deployed: nodes in three zones, storage, a Gateway."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject
from components.kube.paths import collection_path
from components.manifests import monitoring
from components.manifests.http_route import API_VERSION
from tools.simulation import gateway_api

ZONES = ("zone-a", "zone-b", "zone-c")
CAPACITY = {"cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "1000"}
STORAGE_CLASSES = collection_path("storage.k8s.io/v1", "StorageClass")
NODES = collection_path("v1", "Node")
NAMESPACES = collection_path("v1", "Namespace")
DEFINITIONS = collection_path("apiextensions.k8s.io/v1", "CustomResourceDefinition")
HTTP_ROUTES = collection_path(API_VERSION, "HTTPRoute")
MONITORING = tuple(collection_path(monitoring.API_VERSION, kind) for kind in monitoring.KINDS)
GATEWAY_CLASSES = collection_path(API_VERSION, "GatewayClass")
DEFAULT_ACCOUNT = f"{collection_path('v1', 'ServiceAccount', 'default')}/default"
GATEWAYS = collection_path(API_VERSION, "Gateway", gateway_api.GATEWAY["namespace"])


def create(
    api: Api,
    definitions: list[KubernetesObject],
    nodes: Iterable[KubernetesObject] | None = None,
) -> bool:
    """Creates what is missing, and returns whether anything was.

    Args:
        api: The cluster.
        definitions: Further kinds.
        nodes: Its nodes; by default one in each of three zones.

    Raises:
        ApiError: If the API server fails.
    """
    namespace = {"metadata": {"name": gateway_api.GATEWAY["namespace"]}}
    return any(
        [
            _create_missing(api, STORAGE_CLASSES, [_storage_class()]),
            _create_missing(api, NODES, _nodes() if nodes is None else nodes),
            _create_missing(api, NAMESPACES, [namespace]),
            _create_missing(api, DEFINITIONS, definitions),
        ]
    )


def define_gateway_api(api: Api, definitions: list[KubernetesObject]) -> bool:
    """Creates the Gateway API's kinds if need be, and returns whether the API server has them.

    Raises:
        ApiError: If the API server fails.
    """
    _create_missing(api, DEFINITIONS, definitions)
    # kwok looks for the kinds and reads their schemas, and each appears in its own time.
    schemas = api.get("/openapi/v3").get("paths", {})
    return api.find(f"/apis/{API_VERSION}") is not None and f"apis/{API_VERSION}" in schemas


def create_gateway(api: Api) -> bool:
    """Creates the Gateway if it is missing, and returns whether it was; to be called once settled.

    Raises:
        ApiError: If the API server fails.
    """
    created = _create_missing(api, GATEWAY_CLASSES, [gateway_api.gateway_class()])
    return created | _create_missing(api, GATEWAYS, [gateway_api.gateway()])


def unsettled(api: Api) -> str:
    """Returns why pods can't be admitted or run yet; "" if they can.

    Raises:
        ApiError: If the API server fails.
    """
    for index, node in enumerate(api.items(NODES)):
        conditions = node.get("status", {}).get("conditions", [])
        if not any(item["type"] == "Ready" and item["status"] == "True" for item in conditions):
            return f"node {index} isn't Ready"
    for path in (GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES, *MONITORING):
        # A new kind is unknown at first, and then not ready yet.
        try:
            known = api.find(path) is not None
        except ApiError as error:
            if error.status != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            known = False
        if not known:
            return f"{path} isn't served"
    # Admission refuses every pod of a namespace until a controller has created this.
    if api.find(DEFAULT_ACCOUNT) is None:
        return "namespace default has no service account"
    return ""


def _create_missing(api: Api, path: str, objects: Iterable[KubernetesObject]) -> bool:
    names = {obj["metadata"]["name"] for obj in api.items(path)}
    missing = [obj for obj in objects if obj["metadata"]["name"] not in names]
    created = [_create(api, path, obj) for obj in missing]
    return any(created)


def _create(api: Api, path: str, obj: KubernetesObject) -> bool:
    try:
        api.send("POST", path, obj)
    except ApiError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        return False
    return True


def _nodes() -> Iterator[KubernetesObject]:
    for index, zone in enumerate(ZONES):
        name = zone.replace("zone", "node")
        # A /22 has an address for each pod that fits on a node.
        cidr = f"10.1.{4 * index}.0/22"
        yield {
            "metadata": {
                "name": name,
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "topology.kubernetes.io/region": "simulation",
                    "topology.kubernetes.io/zone": zone,
                },
            },
            "spec": {"podCIDR": cidr, "podCIDRs": [cidr]},
            "status": {
                "addresses": [
                    {"type": "InternalIP", "address": f"10.2.0.{index + 1}"},
                    {"type": "Hostname", "address": name},
                ],
                "capacity": CAPACITY,
                "allocatable": CAPACITY,
            },
        }


def _storage_class() -> KubernetesObject:
    """The default class; stages.yaml plays its provisioner."""
    return {
        "metadata": {
            "name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "simulation/storage",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }
