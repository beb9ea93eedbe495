"""Objects on the cluster: the API calls that read and change them.

Every function raises `ToolError` if a call fails, and can be repeated after an interrupted run.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject, kind_and_name
from components.kube.paths import collection_path
from tools.adopt.managed_fields import ADOPT, ManagedFieldsChange
from tools.status.observed import to_tool_error

_RESOURCE_POLICY = "helm.sh/resource-policy"
_ATTEMPTS = 5
"""A controller may change an object between our reading it and writing it."""
_FIRST = ("Namespace", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim", "Service")
"""Kinds that have to exist before the pods that use them."""


def in_creation_order(objects: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    """Returns the objects with those first that others need."""
    order = {kind: i for i, kind in enumerate(_FIRST)}
    return sorted(objects, key=lambda obj: order.get(obj["kind"], len(order)))


def find(api: Api, obj: KubernetesObject) -> KubernetesObject | None:
    """Returns an object as it is on the cluster; None if it isn't there."""
    try:
        return api.find(_path(obj))
    except ApiError as error:
        raise to_tool_error(api, error, f"get {kind_and_name(obj)}") from None


def find_all(api: Api, objects: Iterable[KubernetesObject]) -> dict[str, KubernetesObject]:
    """Returns those objects that are on the cluster, as they are there, by kind and name."""
    found = {kind_and_name(obj): find(api, obj) for obj in objects}
    return {name: live for name, live in found.items() if live is not None}


def change_managed_fields(api: Api, obj: KubernetesObject, change: ManagedFieldsChange) -> None:
    """Changes who owns the fields of an object, and nothing else of it."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        live = find(api, obj)
        entries = change(live) if live else None
        if live is None or entries is None:
            return
        patch: list[dict[str, Any]] = [
            {
                "op": "test",
                "path": "/metadata/resourceVersion",
                "value": live["metadata"]["resourceVersion"],
            },
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        ]
        try:
            api.send("PATCH", _path(obj), patch, content_type="application/json-patch+json")
        except ApiError as error:
            # The API server answers a failed `test` with 422.
            conflict = error.status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
            if not conflict or not attempts_left:
                raise to_tool_error(api, error, f"change {kind_and_name(obj)}") from None
        else:
            return


def apply(api: Api, obj: KubernetesObject) -> None:
    """Applies an object, and takes over every field that it has from other managers."""
    query = {"fieldManager": ADOPT, "force": "true"}
    try:
        api.send("PATCH", _path(obj), obj, query=query, content_type="application/apply-patch+yaml")
    except ApiError as error:
        raise to_tool_error(api, error, f"apply {kind_and_name(obj)}") from None


def keep_from_helm(api: Api, obj: KubernetesObject, *, keep: bool) -> None:
    """Keeps Helm, by an annotation, from deleting an object that its record still has."""
    metadata = {key: obj["metadata"][key] for key in ("name", "namespace")}
    annotations = {"annotations": {_RESOURCE_POLICY: "keep"}} if keep else {}
    body = {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "metadata": {**metadata, **annotations},
    }
    query = {"fieldManager": f"{ADOPT}-keep", "force": "true"}
    kind = "application/apply-patch+yaml"
    try:
        api.send("PATCH", _path(obj), body, query=query, content_type=kind)
    except ApiError as error:
        raise to_tool_error(api, error, f"annotate {kind_and_name(obj)}") from None


def create(api: Api, obj: KubernetesObject) -> None:
    """Creates an object; one that already exists stays as it is."""
    try:
        api.send("POST", _collection_path(obj), obj)
    except ApiError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise to_tool_error(api, error, f"create {kind_and_name(obj)}") from None


def delete(api: Api, obj: KubernetesObject) -> None:
    """Deletes an object, if it exists."""
    try:
        api.send("DELETE", _path(obj))
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise to_tool_error(api, error, f"delete {kind_and_name(obj)}") from None


def _path(obj: KubernetesObject) -> str:
    return f"{_collection_path(obj)}/{obj['metadata']['name']}"


def _collection_path(obj: KubernetesObject) -> str:
    return collection_path(obj["apiVersion"], obj["kind"], obj["metadata"].get("namespace", ""))
