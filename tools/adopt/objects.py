"""Objects on the cluster by kind and name: where they are, and the calls that change them."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from components.kube.objects import KubernetesObject, kind_and_name
from tools.adopt.ownership import OURS, Change
from tools.status.api import Api, ApiError
from tools.status.observed import explained

_TRIES = 5
"""A controller may change an object between its reading and its writing."""
_PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}
_FIRST = ("Namespace", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim", "Service")
"""What pods read has to be there before they start."""


def path_of(one: KubernetesObject) -> str:
    """Where the API has an object."""
    version, kind = str(one["apiVersion"]), str(one["kind"])
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    plural = _PLURALS.get(kind, f"{kind.lower()}s")
    name, namespace = one["metadata"]["name"], one["metadata"].get("namespace")
    return (
        f"{root}/namespaces/{namespace}/{plural}/{name}" if namespace else f"{root}/{plural}/{name}"
    )


def ordered(objects: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    """What others need first."""
    return sorted(
        objects,
        key=lambda one: _FIRST.index(one["kind"]) if one["kind"] in _FIRST else len(_FIRST),
    )


def live(api: Api, one: KubernetesObject) -> KubernetesObject | None:
    """The object as the cluster has it."""
    try:
        return api.find(path_of(one))
    except ApiError as error:
        raise explained(api, error, f"get {kind_and_name(one)}") from None


def live_ones(api: Api, found: Iterable[KubernetesObject]) -> dict[str, KubernetesObject]:
    """Those of the objects that the cluster has, as it has them, by kind and name."""
    held = {kind_and_name(one): live(api, one) for one in found}
    return {name: one for name, one in held.items() if one is not None}


def own(api: Api, one: KubernetesObject, change: Change) -> None:
    """Changes who owns the fields of an object, and nothing else of it; done twice, once."""
    for left in reversed(range(_TRIES)):
        found = live(api, one)
        fields = change(found) if found else None
        if found is None or fields is None:
            return
        body: list[dict[str, Any]] = [
            {
                "op": "test",
                "path": "/metadata/resourceVersion",
                "value": found["metadata"]["resourceVersion"],
            },
            {"op": "replace", "path": "/metadata/managedFields", "value": fields},
        ]
        try:
            api.send("PATCH", path_of(one), body, kind="application/json-patch+json")
        except ApiError as error:
            # A test that fails is told as invalid.
            again = (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
            if error.status not in again or not left:
                raise explained(api, error, f"change {kind_and_name(one)}") from None
        else:
            return


def apply(api: Api, one: KubernetesObject) -> None:
    """Makes an object what it is meant to be, taking every field that `one` names."""
    query = {"fieldManager": OURS, "force": "true"}
    try:
        api.send("PATCH", path_of(one), one, query=query, kind="application/apply-patch+yaml")
    except ApiError as error:
        raise explained(api, error, f"apply {kind_and_name(one)}") from None


def delete(api: Api, one: KubernetesObject) -> None:
    """Removes an object; one that is gone is fine."""
    try:
        api.send("DELETE", path_of(one))
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise explained(api, error, f"delete {kind_and_name(one)}") from None
