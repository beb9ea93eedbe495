"""What a cluster has before anything is deployed: nodes in three zones, and a StorageClass."""

from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus

from kubernetes.client import (
    ApiClient,
    ApiException,
    CoreV1Api,
    StorageV1Api,
    V1Node,
    V1NodeAddress,
    V1NodeSpec,
    V1NodeStatus,
    V1ObjectMeta,
    V1StorageClass,
)

ZONES = ("zone-a", "zone-b", "zone-c")
CAPACITY = {"cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "1000"}


def create(api: ApiClient) -> bool:
    """Creates what is missing, and returns whether anything was."""
    core, storage = CoreV1Api(api), StorageV1Api(api)
    calls: list[Callable[[], object]] = [
        partial(storage.create_storage_class, _storage_class()),
        *(partial(core.create_node, node) for node in _nodes()),
    ]
    return sum(map(_created, calls)) > 0


def unsettled(api: ApiClient) -> str:
    """Returns why pods can't be admitted or run yet; "" if they can."""
    core = CoreV1Api(api)
    for index, node in enumerate(core.list_node().items):
        conditions = (node.status and node.status.conditions) or []
        if not any(item.type == "Ready" and item.status == "True" for item in conditions):
            return f"node {index} isn't Ready"
    try:
        # Admission refuses every pod of a namespace until a controller has created this.
        core.read_namespaced_service_account("default", "default")
    except ApiException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return "namespace default has no service account"
    return ""


def _created(call: Callable[[], object]) -> bool:
    try:
        call()
    except ApiException as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        return False
    return True


def _nodes() -> Iterator[V1Node]:
    for index, zone in enumerate(ZONES):
        name = zone.replace("zone", "node")
        # A /22 has an address for each pod that fits on a node.
        cidr = f"10.1.{4 * index}.0/22"
        yield V1Node(
            metadata=V1ObjectMeta(
                name=name,
                annotations={"kwok.x-k8s.io/node": "fake"},
                labels={
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "topology.kubernetes.io/region": "simulation",
                    "topology.kubernetes.io/zone": zone,
                },
            ),
            spec=V1NodeSpec(pod_cidr=cidr, pod_cidrs=[cidr]),
            status=V1NodeStatus(
                addresses=[
                    V1NodeAddress(type="InternalIP", address=f"10.2.0.{index + 1}"),
                    V1NodeAddress(type="Hostname", address=name),
                ],
                capacity=CAPACITY,
                allocatable=CAPACITY,
            ),
        )


def _storage_class() -> V1StorageClass:
    """The default class; stages.yaml plays its provisioner."""
    return V1StorageClass(
        metadata=V1ObjectMeta(
            name="standard",
            annotations={"storageclass.kubernetes.io/is-default-class": "true"},
        ),
        provisioner="simulation/storage",
        reclaim_policy="Delete",
        volume_binding_mode="Immediate",
    )
