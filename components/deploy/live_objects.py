"""The objects on the cluster as they are now, read while the provider renders.

Nothing is written. Of Secrets only the metadata is read, but for those that inputs name.
"""

import os
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import config as runtime_config

from components.deploy.provider_cluster import has_own_provider, provider_connection
from components.inputs.spec import Gateway
from components.kube.objects import KubernetesObject, nested_list, nested_map
from components.kube.paths import collection_path
from components.manifests.gateway_admission import LiveGateway
from components.manifests.http_route import API_VERSION as HTTP_ROUTE_VERSION
from components.manifests.monitoring import API_VERSION as MONITORING_VERSION
from components.manifests.monitoring import KINDS as MONITORING_KINDS
from components.manifests.served_apis import MONITORING, Served

if TYPE_CHECKING:
    from components.kube.api import Api

API_VERSIONS: Mapping[str, str] = {
    "ConfigMap": "v1",
    "Deployment": "apps/v1",
    "HTTPRoute": HTTP_ROUTE_VERSION,
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PersistentVolumeClaim": "v1",
    "PodDisruptionBudget": "policy/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "Secret": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "StatefulSet": "apps/v1",
}
"""The kinds of which all objects in the namespace are read, with their API versions."""
_OF_GROUPS: Mapping[str, Mapping[str, str]] = {
    MONITORING: dict.fromkeys(MONITORING_KINDS, MONITORING_VERSION)
}
"""Further kinds that are read where their API group is needed."""
_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_TIMEOUT_SECONDS = 10.0
_PARALLEL_REQUESTS = 4


@dataclass(frozen=True)
class LiveObjects:
    """What is on the cluster."""

    objects: Sequence[KubernetesObject] = field(default_factory=list)
    """With `managedFields`; Secrets without data."""
    unreadable: str = ""
    """What couldn't be read, and why, to follow "can't be reported:"; "" if all was."""
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """The data of the Secrets that inputs name, as far as they may be read."""
    gateway: LiveGateway | None = None
    """What there is of the Gateway that the inputs name; None unless it can be read."""
    served: Served = field(default_factory=dict)
    """What there is of the API groups that the inputs need."""


Reading = Callable[[], LiveObjects]
"""Waits for the reading to end."""


def start_reading(
    namespace: str,
    component: pulumi.Resource,
    secrets: Collection[str] = (),
    gateway: Gateway | None = None,
    groups: Collection[str] = (),
) -> Reading:
    """Starts to read a namespace of the provider's cluster, in a thread of its own.

    Args:
        namespace: The namespace; it need not exist.
        component: The component whose provider decides on the cluster.
        secrets: The Secrets whose data is read.
        gateway: The Gateway to look for, in its own namespace.
        groups: The API groups of which to read what the cluster has.
    """
    if has_own_provider(component):
        reason = "the component has a provider of its own, whose cluster the program doesn't know"
        return lambda: LiveObjects(unreadable=reason)
    if runtime_config.get_config("kubernetes:cluster"):
        return lambda: LiveObjects(unreadable="kubernetes:cluster is set")
    connection = provider_connection()
    result: list[LiveObjects] = []

    def read() -> None:
        # Importing the client takes longer than all requests together.
        from components.kube.api import ApiError  # noqa: PLC0415 - see above

        try:
            with _connect(*connection) as api:
                result.append(read_namespace(api, namespace, secrets, gateway, groups))
        except ApiError as error:
            result.append(LiveObjects(unreadable=str(error)))
        except Exception as error:  # noqa: BLE001 - a plugin of the kubeconfig can raise anything
            result.append(LiveObjects(unreadable=f"{type(error).__name__} in the kubeconfig"))

    thread = Thread(target=read, daemon=True)
    thread.start()

    def wait() -> LiveObjects:
        thread.join()
        return result[0]

    return wait


def read_namespace(
    api: "Api",
    namespace: str,
    secrets: Collection[str] = (),
    gateway: Gateway | None = None,
    groups: Collection[str] = (),
) -> LiveObjects:
    """Returns the objects of the kinds in `API_VERSIONS`, and what else `start_reading` names.

    Raises:
        ApiError: If the cluster doesn't answer.
    """
    from components.kube.api import UNREACHABLE, ApiError  # noqa: PLC0415 - as above

    objects: list[KubernetesObject] = []
    unreadable: list[str] = []
    versions = {**API_VERSIONS}
    for group in groups:
        versions |= _OF_GROUPS.get(group, {})
    namespace_path = f"{collection_path('v1', 'Namespace')}/{namespace}"

    def read(kind: str) -> list[KubernetesObject] | ApiError:
        version = versions.get(kind)
        accept = _METADATA_ONLY if kind == "Secret" else "application/json"
        path = collection_path(version, kind, namespace) if version else namespace_path
        try:
            answer = api.send("GET", path, accept=accept, seconds=_TIMEOUT_SECONDS)
        except ApiError as error:
            return [] if error.status == HTTPStatus.NOT_FOUND else error
        items = (answer.get("items") or []) if version else [answer]
        # The items of a list have no kind of their own.
        return [{**obj, "apiVersion": version or "v1", "kind": kind} for obj in items]

    def read_secret(name: str) -> dict[str, str] | None:
        try:
            path = f"{collection_path('v1', 'Secret', namespace)}/{name}"
            data = api.send("GET", path, seconds=_TIMEOUT_SECONDS).get("data") or {}
        except ApiError:
            # Not there yet, or not for everybody: nothing can be said about it.
            return None
        return {key: b64decode(text).decode(errors="replace") for key, text in data.items()}

    kinds = [*versions, "Namespace"]
    with ThreadPoolExecutor(_PARALLEL_REQUESTS) as pool:
        found_secrets = dict(zip(secrets, pool.map(read_secret, secrets), strict=True))
        for kind, found in zip(kinds, pool.map(read, kinds), strict=True):
            if not isinstance(found, ApiError):
                objects += found
            elif found.status == UNREACHABLE:
                raise found
            else:
                unreadable.append(f"{kind} ({found})")
    labels = [
        nested_map(obj, "metadata", "labels") for obj in objects if obj["kind"] == "Namespace"
    ]
    found_gateway = _read_gateway(api, gateway, labels[0] if labels else {})
    readable = {name: data for name, data in found_secrets.items() if data is not None}
    served = {group: names for group in groups if (names := _read_group(api, group)) is not None}
    return LiveObjects(objects, ", ".join(unreadable), readable, found_gateway, served)


def _read_group(api: "Api", group: str) -> set[str] | None:
    """The names of the resources of an API group, in all its versions; None if it can't be read."""
    from components.kube.api import ApiError  # noqa: PLC0415 - as above

    try:
        versions = nested_list(api.find(f"/apis/{group}") or {}, "versions")
        lists = [_read_version(api, version["groupVersion"]) for version in versions]
    except ApiError:
        return None
    return {str(item.get("name")) for served in lists for item in nested_list(served, "resources")}


def _read_version(api: "Api", version: str) -> dict[str, object]:
    from components.kube.api import ApiError  # noqa: PLC0415 - as above

    try:
        return api.find(f"/apis/{version}") or {}
    except ApiError as error:
        # Whoever is registered to serve it doesn't answer.
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return {}
        raise


def _read_gateway(
    api: "Api", wanted: Gateway | None, namespace_labels: Mapping[str, str]
) -> LiveGateway | None:
    from components.kube.api import ApiError  # noqa: PLC0415 - as above

    if wanted is None:
        return None
    gateways = collection_path(HTTP_ROUTE_VERSION, "Gateway", wanted.namespace)
    try:
        served = api.find(f"/apis/{HTTP_ROUTE_VERSION}") or {}
        if "httproutes" not in [item.get("name") for item in nested_list(served, "resources")]:
            return LiveGateway(wanted, installed=False)
        found = api.find(f"{gateways}/{wanted.name}")
    except ApiError:
        return None
    return LiveGateway(wanted, gateway=found, namespace_labels=namespace_labels)


def _connect(context: str | None, kubeconfig: str | None) -> "Api":
    """Returns the API of the cluster that the provider uses with this config.

    Raises:
        ApiError: If there is no such cluster.
    """
    from components.kube.api import connect, connect_in_cluster  # noqa: PLC0415 - as above

    default = Path.home() / ".kube" / "config"
    in_cluster = "KUBERNETES_SERVICE_HOST" in os.environ
    named = context or kubeconfig or os.environ.get("KUBECONFIG")
    if in_cluster and not named and not default.exists():
        return connect_in_cluster()
    return connect(context, kubeconfig)
