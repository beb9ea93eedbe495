"""Managed fields: which manager owns which fields of an object, and how they change hands.

Server-side apply removes a field only on behalf of the manager that owns it, and refuses to change
a field of another manager. What Helm has set belongs to the manager `helm`. Without a handover, a
variable that moves from `value` to `valueFrom` would end up with both, and every later change would
be a conflict. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from components.kube.objects import KubernetesObject
from tools.adopt.deployers import FieldOwner, is_deployer

ADOPT = "rocketchat-adopt"
"""The manager that fields belong to between Helm and the Kubernetes provider."""
PROVIDER_PREFIX = "pulumi-kubernetes"
"""How the names of the Kubernetes provider's managers begin."""

_CONTROLLERS = "kube-controller-manager"

Fields = dict[str, Any]
"""A set of fields, as a tree."""
Entry = dict[str, Any]
"""One entry of `metadata.managedFields`."""
ManagedFieldsChange = Callable[[KubernetesObject], list[Entry] | None]
"""Returns new managed fields for an object; None if they don't change."""


def take_from_helm(obj: KubernetesObject, desired: KubernetesObject) -> list[Entry] | None:
    """Returns managed fields with Helm's given to `ADOPT`, or those of who deployed in its place.

    Data of a Secret that `desired` no longer has remains with them, and so on the cluster: running
    pods read it. None if the fields don't change.
    """
    entries = _entries(obj)
    helm_entries = [entry for entry in entries if _belongs_to_deployer(entry)]
    if not helm_entries:
        return None
    taken: Fields = {}
    remaining: Fields = {}
    for entry in helm_entries:
        fields = dict(entry.get("fieldsV1", {}))
        if desired["kind"] == "Secret":
            data, keys = fields.pop("f:data", {}), _data_keys(desired)
            data = {key: value for key, value in data.items() if key[2:] not in keys}
            remaining = merge_fields(remaining, {"f:data": data} if data else {})
        taken = merge_fields(taken, fields)
    if remaining and not taken:
        return None
    others = [entry for entry in entries if entry not in helm_entries]
    changed = _with_adopt(others, taken, like=helm_entries[0])
    if remaining:
        changed.append({**helm_entries[0], "fieldsV1": remaining})
    return None if changed == entries else changed


def take_from_anybody(obj: KubernetesObject) -> list[Entry] | None:
    """Returns managed fields with those that people have set given to `ADOPT`.

    For an object that no release has, such as a manifest that somebody applies. None if the fields
    don't change.
    """
    return _give_to_adopt(obj, _belongs_to_people)


def drop_adopt(obj: KubernetesObject) -> list[Entry] | None:
    """Returns managed fields without those of `ADOPT`; None if they don't change."""
    entries = _entries(obj)
    others = [entry for entry in entries if entry.get("manager") != ADOPT]
    return others if len(others) < len(entries) else None


def take_from_provider(obj: KubernetesObject) -> list[Entry] | None:
    """Returns managed fields with the provider's given to `ADOPT`; None if they don't change."""
    return _give_to_adopt(obj, _belongs_to_provider)


def give_to_helm(obj: KubernetesObject, owner: FieldOwner) -> list[Entry] | None:
    """Returns managed fields with `ADOPT`'s and the provider's given to who had deployed.

    None if they don't change.

    Args:
        obj: An object on the cluster.
        owner: As whom, and how, it was deployed: Helm 4 applies on the server, and what it finds
            with another operation is another's to it.
    """
    entries = _entries(obj)
    ours = [
        entry for entry in entries if entry.get("manager") == ADOPT or _belongs_to_provider(entry)
    ]
    if not ours:
        return None
    helm_entries = [entry for entry in entries if _belongs_to_deployer(entry)]
    others = [entry for entry in entries if entry not in (*ours, *helm_entries)]
    fields = _fields_of([*ours, *helm_entries])
    return [*others, {**ours[0], **owner._asdict(), "fieldsV1": fields}]


def merge_fields(fields: Mapping[str, Any], more: Mapping[str, Any]) -> Fields:
    """Returns the union of two sets of fields."""
    merged = dict(fields)
    for key, below in more.items():
        merged[key] = merge_fields(merged.get(key, {}), below)
    return merged


def _give_to_adopt(obj: KubernetesObject, is_taken: Callable[[Entry], bool]) -> list[Entry] | None:
    entries = _entries(obj)
    taken = [entry for entry in entries if is_taken(entry)]
    if not taken:
        return None
    others = [entry for entry in entries if entry not in taken]
    return _with_adopt(others, _fields_of(taken), like=taken[0])


def _with_adopt(entries: list[Entry], fields: Fields, *, like: Entry) -> list[Entry]:
    """Returns `entries` with `fields` added to what `ADOPT` has applied."""

    def is_applied(entry: Entry) -> bool:
        return entry.get("manager") == ADOPT and entry.get("operation") == "Apply"

    applied = [entry for entry in entries if is_applied(entry)]
    others = [entry for entry in entries if not is_applied(entry)]
    fields = merge_fields(_fields_of(applied), fields)
    return [*others, {**like, "manager": ADOPT, "operation": "Apply", "fieldsV1": fields}]


def _fields_of(entries: Iterable[Entry]) -> Fields:
    fields: Fields = {}
    for entry in entries:
        fields = merge_fields(fields, entry.get("fieldsV1", {}))
    return fields


def _entries(obj: KubernetesObject) -> list[Entry]:
    return list(obj["metadata"].get("managedFields", []))


def _belongs_to_deployer(entry: Entry) -> bool:
    return is_deployer(str(entry.get("manager", ""))) and not entry.get("subresource")


def _belongs_to_provider(entry: Entry) -> bool:
    manager = str(entry.get("manager", ""))
    return manager.startswith(PROVIDER_PREFIX) and not entry.get("subresource")


def _belongs_to_people(entry: Entry) -> bool:
    manager = str(entry.get("manager", ""))
    ours = manager == ADOPT or manager.startswith(PROVIDER_PREFIX)
    return not ours and manager != _CONTROLLERS and not entry.get("subresource")


def _data_keys(secret: KubernetesObject) -> set[str]:
    return {*(secret.get("data") or {}), *(secret.get("stringData") or {})}
