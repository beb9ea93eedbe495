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

from components.inputs.spec import Gateway
from components.kube.objects import KubernetesObject, nested_list, nested_map
from components.manifests.gateway_admission import LiveGateway
from components.manifests.http_route import API_VERSION as HTTP_ROUTE_VERSION

if TYPE_CHECKING:
    from components.kube.api import Api

COLLECTIONS: Mapping[str, tuple[str, str]] = {
    "ConfigMap": ("v1", "configmaps"),
    "Deployment": ("apps/v1", "deployments"),
    "HTTPRoute": (HTTP_ROUTE_VERSION, "httproutes"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "ScaledObject": ("keda.sh/v1alpha1", "scaledobjects"),
    "Secret": ("v1", "secrets"),
    "Service": ("v1", "services"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "StatefulSet": ("apps/v1", "statefulsets"),
}
"""The kinds that are read, each with its API version and its name in paths."""
_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_TIMEOUT_SECONDS = 10.0
_PARALLEL_REQUESTS = 4


@dataclass(frozen=True)
class LiveObjects:
    """What is on the cluster."""

    objects: Sequence[KubernetesObject] = field(default_factory=list)
    """With `managedFields`; Secrets without data."""
    unreadable: str = ""
    """What couldn't be read, and why, to follow "can't be told:"; "" if all was."""
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """The data of the Secrets that inputs name, as far as they may be read."""
    gateway: LiveGateway | None = None
    """What there is of the Gateway that the inputs name; None if it may not be read."""


Reading = Callable[[], LiveObjects]
"""Waits for the reading to end."""


def start_reading(
    namespace: str,
    component: pulumi.Resource,
    secrets: Collection[str] = (),
    gateway: Gateway | None = None,
) -> Reading:
    """Starts to read a namespace of the provider's cluster, in a thread of its own.

    Args:
        namespace: The namespace; it need not exist.
        component: The component whose provider decides on the cluster.
        secrets: The Secrets whose data is read.
        gateway: The Gateway to look for, in its own namespace.
    """
    if component.get_provider("kubernetes:core/v1:Namespace") is not None:
        reason = "the component has a provider of its own, whose cluster the program doesn't know"
        return lambda: LiveObjects(unreadable=reason)
    if runtime_config.get_config("kubernetes:cluster"):
        return lambda: LiveObjects(unreadable="kubernetes:cluster is set")
    kubeconfig = runtime_config.get_config("kubernetes:kubeconfig") or None
    context = runtime_config.get_config("kubernetes:context") or None
    result: list[LiveObjects] = []

    def read() -> None:
        # Importing the client takes longer than all requests together.
        from components.kube.api import ApiError  # noqa: PLC0415 - see above

        try:
            with _connect(context, kubeconfig) as api:
                result.append(read_namespace(api, namespace, secrets, gateway))
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
    api: "Api", namespace: str, secrets: Collection[str] = (), gateway: Gateway | None = None
) -> LiveObjects:
    """Returns the objects of the kinds in `COLLECTIONS`, and what else `start_reading` names.

    Raises:
        ApiError: If the cluster doesn't answer.
    """
    from components.kube.api import UNREACHABLE, ApiError  # noqa: PLC0415 - as above

    objects: list[KubernetesObject] = []
    unreadable: list[str] = []

    def read(kind: str) -> list[KubernetesObject] | ApiError:
        version, plural = COLLECTIONS.get(kind, ("v1", ""))
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        accept = _METADATA_ONLY if kind == "Secret" else "application/json"
        path = f"{root}/namespaces/{namespace}{plural and f'/{plural}'}"
        try:
            answer = api.send("GET", path, accept=accept, seconds=_TIMEOUT_SECONDS)
        except ApiError as error:
            return [] if error.status == HTTPStatus.NOT_FOUND else error
        items = (answer.get("items") or []) if plural else [answer]
        # The items of a list have no kind of their own.
        return [{**obj, "apiVersion": version, "kind": kind} for obj in items]

    def read_secret(name: str) -> dict[str, str] | None:
        try:
            path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
            data = api.send("GET", path, seconds=_TIMEOUT_SECONDS).get("data") or {}
        except ApiError:
            # Not there yet, or not for everybody: nothing can be said about it.
            return None
        return {key: b64decode(text).decode(errors="replace") for key, text in data.items()}

    kinds = [*COLLECTIONS, "Namespace"]
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
    return LiveObjects(objects, ", ".join(unreadable), readable, found_gateway)


def _read_gateway(
    api: "Api", wanted: Gateway | None, namespace_labels: Mapping[str, str]
) -> LiveGateway | None:
    from components.kube.api import ApiError  # noqa: PLC0415 - as above

    if wanted is None:
        return None
    root = f"/apis/{HTTP_ROUTE_VERSION}"
    try:
        served = api.find(root) or {}
        if "httproutes" not in [item.get("name") for item in nested_list(served, "resources")]:
            return LiveGateway(installed=False)
        found = api.find(f"{root}/namespaces/{wanted.namespace}/gateways/{wanted.name}")
    except ApiError:
        return None
    return LiveGateway(gateway=found, namespace_labels=namespace_labels)


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
