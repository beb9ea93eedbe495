"""What others have changed on the cluster, of the objects that a workspace declares.

Kubernetes records in `metadata.managedFields` who has written which field of an object last:
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.kube.objects import KubernetesObject, kind_and_name, nested_map
from components.kube.quantities import parse_quantity
from components.messages import redact, show

Key = tuple[str, str]
"""An object's kind and name."""
Tree = Mapping[str, Any]
"""A set of fields, as `fieldsV1` has it."""
REPLICAS = "spec.replicas"
POD_TEMPLATE = "spec.template."
REFRESH = "`pulumi up --refresh`"
"""The command that updates what others have changed where the config hasn't changed."""
ABSENT = object()
"""Stands for the value of a field that isn't there."""
_TAKEN_OVER = ("kubectl", "before-first-apply")
"""Managers whose fields the provider takes over as its own (fixCSAFieldManagers in await.go of
pulumi-kubernetes 4.25), by how their names begin. Applying an object then removes those of them
that it doesn't have."""
_BOOKKEEPING = ("kubectl.kubernetes.io/last-applied-configuration",)
"""Annotations that kubectl writes for itself."""
HELM_RELEASE = "meta.helm.sh/release-name"
"""The annotation by which Helm marks what it has installed."""
_KEY_DEFAULTS = {"protocol": "TCP"}
"""What the server assumes in the items of a list where they leave it out."""


@dataclass(frozen=True)
class Drift:
    """One field that somebody else has written."""

    obj: str
    """Kind and name, as in `Deployment/chat-presence`."""
    field: str
    """The path, as in `spec.template.spec.containers[presence-service].image`."""
    manager: str
    """Who has written it, as Kubernetes records it; "" if it records nobody."""
    current: object
    desired: object
    """What an update sets, or `ABSENT` if it removes the field."""

    @property
    def hidden(self) -> bool:
        """Whether the values may be secret."""
        return ".env[" in self.field or self.field.startswith(("data", "stringData"))


def key_of(obj: KubernetesObject) -> Key:
    """Returns an object's kind and name."""
    return obj["kind"], obj["metadata"]["name"]


def find_drift(
    objects: Iterable[KubernetesObject],
    live: Iterable[KubernetesObject],
    manager: str,
    ignored: Collection[Key] = (),
) -> list[Drift]:
    """Returns each field that an update would change since others have changed it.

    Fields that aren't there are among them, whether somebody has removed them or they are new.

    Args:
        objects: The objects as the workspace declares them.
        live: The objects on the cluster, with `managedFields`.
        manager: The stack's own field manager.
        ignored: Workloads whose number of instances is left to an autoscaler.
    """
    by_key = {key_of(obj): obj for obj in live}
    return [
        drift
        for obj in objects
        if key_of(obj) in by_key
        for drift in _object_drift(obj, by_key[key_of(obj)], manager)
        if drift.field != REPLICAS or key_of(obj) not in ignored
    ]


def owner_of(obj: KubernetesObject, *path: str) -> str:
    """Returns the manager that has written a field of an object on the cluster last; else "".

    Args:
        obj: The object, with `managedFields`.
        path: The names of the fields down to it; an item of a list as `k:{"name":"main"}`.
    """
    for entry in reversed(_by_time(obj)):
        tree: Any = entry.get("fieldsV1", {})
        for name in path:
            key = name if name.startswith("k:") else f"f:{name}"
            tree = tree.get(key) if isinstance(tree, Mapping) else None
        if tree is not None:
            return str(entry.get("manager", ""))
    return ""


def other_stacks(
    objects: Iterable[KubernetesObject],
    live: Iterable[KubernetesObject],
    manager: str,
    prefix: str,
) -> dict[str, list[str]]:
    """Returns the objects that another stack has written since this one has, by its name.

    Args:
        objects: The objects as the workspace declares them.
        live: The objects on the cluster, with `managedFields`.
        manager: The stack's own field manager.
        prefix: How the field managers of stacks begin; the stack's name follows.
    """
    declared = {key_of(obj) for obj in objects}
    found: dict[str, list[str]] = {}
    for obj in live:
        if key_of(obj) not in declared:
            continue
        times = {
            str(entry.get("manager")): str(entry.get("time", ""))
            for entry in _by_time(obj)
            if entry.get("operation") == "Apply"
        }
        for name, time in times.items():
            stack = name.removeprefix(prefix)
            is_stack = name.startswith(prefix) and not _is_random(stack)
            if is_stack and name != manager and time > times.get(manager, ""):
                found.setdefault(stack, []).append(kind_and_name(obj))
    return found


def helm_releases(
    objects: Iterable[KubernetesObject], live: Iterable[KubernetesObject], prefix: str
) -> dict[str, list[str]]:
    """Returns the objects that Helm has installed and no stack has written, by their release.

    Args:
        objects: The objects as the workspace declares them.
        live: The objects on the cluster, with `managedFields`.
        prefix: How the field managers of stacks begin.
    """
    declared = {key_of(obj) for obj in objects}
    found: dict[str, list[str]] = {}
    for obj in live:
        release = nested_map(obj, "metadata", "annotations").get(HELM_RELEASE)
        managers = {str(entry.get("manager")) for entry in _by_time(obj)}
        if release and key_of(obj) in declared and not any(m.startswith(prefix) for m in managers):
            found.setdefault(str(release), []).append(kind_and_name(obj))
    return found


def describe(drift: Drift, *, updated: bool) -> str:
    """Returns a drift as a sentence or two: who has written what, and what becomes of it.

    Args:
        drift: The drift.
        updated: Whether the update changes the object for another reason too.
    """
    if drift.current is ABSENT:
        was = "was removed by hand"
    else:
        value = "another value" if drift.hidden else _show(drift.current)
        was = f"{drift.manager or 'somebody'} set {value}"
    wanted = "" if drift.hidden or isinstance(drift.desired, dict | list) else _show(drift.desired)
    if drift.desired is ABSENT:
        becomes = (
            f"{'this update' if updated else REFRESH} removes it, as the provider takes over what"
            " kubectl writes. To keep such a field, have it written under another name: kubectl"
            " --field-manager=NAME."
        )
    elif updated:
        becomes = f"this update sets {wanted}." if wanted else "this update sets it back."
    else:
        says = f"the stack says {wanted}" if wanted else "the stack says otherwise"
        becomes = f"{says}. {REFRESH} sets it back, and an update without --refresh leaves it."
    restarts = " That restarts its pods." if drift.field.startswith(POD_TEMPLATE) else ""
    return f"{drift.obj} {drift.field}: {was}; {becomes}{restarts}"


def _show(value: object) -> str:
    return redact(value) if isinstance(value, str) else show(value)


def _is_random(name: str) -> bool:
    """Whether the provider has made a manager's name up, as it does without our annotation."""
    return len(name) == 8 and set(name) <= set("0123456789abcdef")  # noqa: PLR2004 - its own length


def _by_time(obj: KubernetesObject) -> list[dict[str, Any]]:
    entries = obj["metadata"].get("managedFields", [])
    return sorted(entries, key=lambda entry: str(entry.get("time", "")))


Owner = tuple[str, Tree]
"""A manager, and what it owns below some field."""


def _object_drift(obj: KubernetesObject, live: KubernetesObject, manager: str) -> Iterator[Drift]:
    name = kind_and_name(obj)
    entries = [entry for entry in _by_time(live) if entry.get("subresource") != "status"]
    ours: list[Owner] = []
    others: list[Owner] = []
    for entry in entries:
        owner = (str(entry.get("manager", "")), entry.get("fieldsV1", {}))
        (ours if owner[0] == manager else others).append(owner)
    # Of a Secret only the metadata is read.
    readable = {"metadata": obj["metadata"]} if obj["kind"] == "Secret" else obj
    yield from _changed(name, "", readable, live, (ours, others))
    for entry in entries:
        if _is_taken_over(entry) and entry.get("manager") != manager:
            them = str(entry["manager"])
            rest = [
                (owner, tree) for owner, tree in (*ours, *others) if tree is not entry["fieldsV1"]
            ]
            for path, value in _undeclared("", obj, live, entry["fieldsV1"], rest):
                yield Drift(name, path, them, value, ABSENT)


def _is_taken_over(entry: Mapping[str, Any]) -> bool:
    manager = str(entry.get("manager", ""))
    return (
        manager.startswith(_TAKEN_OVER)
        and not entry.get("subresource")
        and (entry.get("operation") == "Update" or manager.startswith("kubectl"))
    )


def _changed(
    name: str, path: str, desired: object, live: object, owners: tuple[list[Owner], list[Owner]]
) -> Iterator[Drift]:
    """Yields the fields below `path` that are declared, differ, and only others own or nobody."""
    ours, others = owners
    if not ours and not others:
        # Kubernetes may leave out what is empty, and names nobody who has scaled to 0.
        if desired and not _covers(live, desired, path):
            yield Drift(name, path, "", live, desired)
    elif any(not tree for _, tree in (*ours, *others)) or not isinstance(desired, dict | list):
        # Whoever applies what is empty owns it, and Kubernetes may leave it out all the same.
        is_left_out = live is ABSENT and desired in ({}, [])
        if not ours and not is_left_out and not _covers(live, desired, path):
            yield Drift(name, path, others[-1][0], live, desired)
    elif isinstance(desired, dict):
        for key, value in desired.items():
            below = live.get(key, ABSENT) if isinstance(live, Mapping) else ABSENT
            step = _step(path, key)
            yield from _changed(name, step, value, below, _below(owners, f"f:{key}"))
    else:
        for item in desired:
            key = _item_key(item, (*ours, *others))
            step = f"{path}[{_item_name(item, key)}]"
            below = _find_item(live, key)
            yield from _changed(name, step, item, below, _below(owners, f"k:{key}"))


def _undeclared(
    path: str, desired: object, live: object, tree: Tree, rest: Sequence[Owner]
) -> Iterator[tuple[str, object]]:
    """Yields the fields below `path` that one manager alone owns and that aren't declared."""
    for field, below in tree.items():
        kind, _, key = field.partition(":")
        if kind == "f":
            step = _step(path, key)
            declared = desired.get(key, ABSENT) if isinstance(desired, Mapping) else ABSENT
            value = live.get(key, ABSENT) if isinstance(live, Mapping) else ABSENT
        elif kind == "k":
            declared = _find_item(desired, key)
            value = _find_item(live, key)
            step = f"{path}[{_item_name(value, key)}]"
        else:
            continue
        shared = [(owner, others[field]) for owner, others in rest if field in others]
        if key in _BOOKKEEPING or value is ABSENT:
            continue
        if declared is ABSENT and not shared:
            yield step, value
        else:
            yield from _undeclared(step, declared, value, below, shared)


def _below(owners: tuple[list[Owner], list[Owner]], field: str) -> tuple[list[Owner], list[Owner]]:
    ours, others = (
        [(manager, tree[field]) for manager, tree in group if field in tree] for group in owners
    )
    return ours, others


def _step(path: str, key: str) -> str:
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}".lstrip(".")


def _item_key(item: object, owners: Iterable[Owner]) -> str:
    """Returns the key by which `fieldsV1` names an item of a list; "{}" if nobody owns it."""
    keys = {field[2:] for _, tree in owners for field in tree if field.startswith("k:")}
    named = (key for key in sorted(keys) if _find_item([item], key) is not ABSENT)
    return next(named, "{}")


def _find_item(items: object, key: str) -> object:
    """Returns the item of a list that a key of `fieldsV1` names, such as `{"name":"main"}`."""
    fields = json.loads(key).items()
    if not fields:
        return ABSENT
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and fields <= {**_KEY_DEFAULTS, **_hashable(item)}.items():
            return item
    return ABSENT


def _hashable(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if isinstance(value, str | int | bool)}


def _item_name(item: object, key: str) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return str(name or ",".join(map(str, json.loads(key).values())))


def _covers(live: object, desired: object, path: str) -> bool:
    """Whether a live value is what is desired, apart from the server's defaults in it."""
    if isinstance(desired, Mapping):
        return isinstance(live, Mapping) and all(
            _covers(live.get(key, ABSENT), value, path) for key, value in desired.items()
        )
    if isinstance(desired, list):
        return (
            isinstance(live, list)
            and len(live) == len(desired)
            and all(_covers(one, other, path) for one, other in zip(live, desired, strict=True))
        )
    if live == desired or not isinstance(desired, str | int | float | bool):
        return True  # or a secret, whose value only the engine knows
    if "resources" not in path:
        return False
    amounts = parse_quantity(str(live)), parse_quantity(str(desired))
    return None not in amounts and amounts[0] == amounts[1]
