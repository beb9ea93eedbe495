"""Who owns which fields of an object: handing them from one field manager to another.

Server-side apply removes a field only for the manager that owned it, and refuses to change one
that another owns. What Helm set is owned by the manager `helm`, so that without a handover a
variable that moves from `value` to `valueFrom` would have both, and every later change would be a
conflict.
"""

from collections.abc import Callable, Mapping
from typing import Any

from components.kube.objects import KubernetesObject

HELM = "helm"
OURS = "rocketchat-adopt"
"""The manager of the takeover itself; the Kubernetes provider's own follow it."""
PULUMI = "pulumi-kubernetes"
"""How the names of the provider's managers begin."""

Fields = dict[str, Any]
Entry = dict[str, Any]


def taken(one: KubernetesObject, wanted: KubernetesObject) -> list[Entry] | None:
    """`one`'s managed fields with Helm's handed to the takeover; None where there are none.

    Data of a Secret that `wanted` no longer has stays Helm's, and so stays: pods read it.
    """
    entries = _entries(one)
    theirs = [entry for entry in entries if _is(entry, HELM)]
    if not theirs:
        return None
    fields: Fields = {}
    left: Fields = {}
    for entry in theirs:
        held = dict(entry.get("fieldsV1", {}))
        if one.get("kind") == "Secret" or wanted["kind"] == "Secret":
            data = held.pop("f:data", {})
            kept = {key: value for key, value in data.items() if key[2:] not in _data(wanted)}
            left = union(left, {"f:data": kept} if kept else {})
        fields = union(fields, held)
    rest = [entry for entry in entries if entry not in theirs]
    handed = _apply(rest, OURS, fields, theirs[0])
    if left:
        handed.append({**theirs[0], "manager": HELM, "fieldsV1": left})
    # A second handover would find the same data, and change nothing.
    return None if handed == entries or (left and not fields) else handed


def dropped(one: KubernetesObject) -> list[Entry] | None:
    """`one`'s managed fields without the takeover's; None where there are none."""
    entries = _entries(one)
    rest = [entry for entry in entries if entry.get("manager") != OURS]
    return rest if len(rest) < len(entries) else None


def reclaimed(one: KubernetesObject) -> list[Entry] | None:
    """`one`'s managed fields with the provider's handed to the takeover; None without any."""
    entries = _entries(one)
    theirs = [entry for entry in entries if _ours(entry) and entry.get("manager") != OURS]
    if not theirs:
        return None
    fields: Fields = {}
    for entry in theirs:
        fields = union(fields, entry.get("fieldsV1", {}))
    return _apply([entry for entry in entries if entry not in theirs], OURS, fields, theirs[0])


def returned(one: KubernetesObject) -> list[Entry] | None:
    """`one`'s managed fields with ours and the provider's handed to Helm; None without any."""
    entries = _entries(one)
    ours = [entry for entry in entries if _ours(entry)]
    if not ours:
        return None
    fields: Fields = {}
    for entry in [*ours, *(entry for entry in entries if _is(entry, HELM))]:
        fields = union(fields, entry.get("fieldsV1", {}))
    rest = [entry for entry in entries if not _ours(entry) and not _is(entry, HELM)]
    return [*rest, {**ours[0], "manager": HELM, "operation": "Update", "fieldsV1": fields}]


def union(one: Mapping[str, Any], other: Mapping[str, Any]) -> Fields:
    """The fields of both; a set of fields is a tree of maps."""
    merged = dict(one)
    for key, below in other.items():
        merged[key] = union(merged.get(key, {}), below)
    return merged


def _apply(rest: list[Entry], manager: str, fields: Fields, like: Entry) -> list[Entry]:
    """`rest` with `fields` added to what `manager` applied."""

    def same(entry: Entry) -> bool:
        return entry.get("manager") == manager and entry.get("operation") == "Apply"

    for entry in rest:
        if same(entry):
            fields = union(entry.get("fieldsV1", {}), fields)
    others = [entry for entry in rest if not same(entry)]
    return [*others, {**like, "manager": manager, "operation": "Apply", "fieldsV1": fields}]


def _entries(one: KubernetesObject) -> list[Entry]:
    return list(one["metadata"].get("managedFields", []))


def _is(entry: Entry, manager: str) -> bool:
    return entry.get("manager") == manager and not entry.get("subresource")


def _ours(entry: Entry) -> bool:
    manager = str(entry.get("manager", ""))
    return manager == OURS or (manager.startswith(PULUMI) and not entry.get("subresource"))


def _data(one: KubernetesObject) -> set[str]:
    return {*(one.get("data") or {}), *(one.get("stringData") or {})}


Change = Callable[[KubernetesObject], list[Entry] | None]
"""New managed fields for an object, or None to leave it alone."""
