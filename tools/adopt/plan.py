"""What a takeover changes, object by object: the desired objects against those that are there."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from components.kube.merge_patch import create_merge_patch, has_unique_names
from components.kube.objects import (
    KubernetesObject,
    containers,
    kind_and_name,
    nested_map,
    to_plain_json,
    workloads,
)
from tools.differences import Difference, find_differences

_POD_TEMPLATE = "spec.template"
_SHOWN_FIELDS = ("replicas", "image", "tag", "type", "port")
"""Fields whose values contain no secrets and are worth showing."""


@dataclass(frozen=True)
class ObjectChange:
    """How one object changes."""

    object: str
    """Its kind and name, as in `Deployment/chat-presence`."""
    fields: tuple[str, ...]
    """The paths of the fields that change, some with their old and new values."""

    @property
    def restarts_pods(self) -> bool:
        """Whether its pods are replaced, one after the other."""
        return any(path.startswith(_POD_TEMPLATE) for path in self.fields)


@dataclass
class Plan:
    """What becomes of each object, by kind and name."""

    unchanged: list[str] = field(default_factory=list)
    changed: list[ObjectChange] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    """Objects on the cluster that aren't desired; they stay, and nobody manages them."""

    @property
    def restarting(self) -> list[str]:
        """The workloads whose pods are replaced."""
        return [change.object for change in self.changed if change.restarts_pods]


def make_plan(
    desired: Sequence[KubernetesObject],
    rendered: Sequence[KubernetesObject],
    live: Mapping[str, KubernetesObject],
) -> Plan:
    """Returns what has to change for the desired objects.

    Args:
        desired: The objects as they are to be.
        rendered: The objects as their current owner has made them.
        live: The desired objects that are on the cluster, as they are there, by kind and name.
    """
    plan = Plan()
    previous = {kind_and_name(obj): obj for obj in rendered}
    for obj in desired:
        name = kind_and_name(obj)
        if name not in live:
            plan.added.append(name)
            continue
        fields = _changed_fields(_with_live_changes(previous.get(name, obj), live[name]), obj)
        if fields:
            plan.changed.append(ObjectChange(name, tuple(fields)))
        else:
            plan.unchanged.append(name)
    names = {kind_and_name(obj) for obj in desired}
    plan.left_behind = [
        name for name, obj in previous.items() if name not in names and not _is_hook(obj)
    ]
    return plan


def make_pod_template_overrides(
    desired: Sequence[KubernetesObject],
    rendered: Sequence[KubernetesObject],
    live: Mapping[str, KubernetesObject],
) -> dict[str, Any]:
    """Returns the input `podTemplateOverrides` with which no pod has to restart.

    The arguments are those of `make_plan`.
    """
    previous = {kind_and_name(obj): obj for obj in rendered}
    overrides = {}
    for workload in workloads(desired):
        name = kind_and_name(workload)
        if name not in previous or name not in live:
            continue
        before = _with_live_changes(previous[name], live[name])
        if _pod_template(workload) != _pod_template(before):
            overrides[workload["metadata"]["name"]] = create_merge_patch(
                workload["spec"]["template"], to_plain_json(before["spec"]["template"])
            )
    return overrides


def _changed_fields(before: KubernetesObject, after: KubernetesObject) -> list[str]:
    changes = find_differences(_comparable(before), _comparable(after))
    fields = sorted(_describe(change, secret=after["kind"] == "Secret") for change in changes)
    reordered = _pod_template(before) != _pod_template(after)
    if reordered and not any(path.startswith(_POD_TEMPLATE) for path in fields):
        fields.append(f"{_POD_TEMPLATE}: the order of its arrays")
    return fields


def _describe(change: Difference, *, secret: bool) -> str:
    """Returns the path of a changed field, with its values where they may be shown."""
    values = (change.before, change.after)
    is_short = all(isinstance(value, str | int | None) for value in values)
    if secret or not is_short or change.path.rpartition(".")[2] not in _SHOWN_FIELDS:
        return change.path
    old, new = ("nothing" if value is None else str(value) for value in values)
    return f"{change.path}: {old} -> {new}"


def _with_live_changes(obj: KubernetesObject, live: KubernetesObject) -> KubernetesObject:
    """Returns a workload with the replicas and images that somebody has set since, if any."""
    if "template" not in nested_map(obj, "spec"):
        return obj
    obj = deepcopy(obj)
    if "replicas" in obj["spec"]:
        obj["spec"]["replicas"] = live["spec"].get("replicas")
    images = {container["name"]: container["image"] for container in containers(live)}
    for container in containers(obj):
        container["image"] = images.get(container["name"], container["image"])
    return obj


def _comparable(obj: KubernetesObject) -> Any:  # noqa: ANN401 - JSON
    """Returns what of an object is compared, with arrays of named items as objects."""
    metadata = obj["metadata"]
    return _by_name(
        _without_empty(
            {
                **{key: value for key, value in obj.items() if key != "metadata"},
                "labels": _without_pulumi(metadata.get("labels")),
                "annotations": _without_pulumi(metadata.get("annotations")),
            }
        )
    )


def _pod_template(obj: KubernetesObject) -> Any:  # noqa: ANN401 - JSON
    return _without_empty(nested_map(obj, "spec", "template"))


def _without_empty(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns `value` without nulls and empty objects and arrays, which Kubernetes ignores."""
    if isinstance(value, Mapping):
        fields = {key: _without_empty(field) for key, field in to_plain_json(value).items()}
        # An empty volume is a volume.
        return {k: v for k, v in fields.items() if v not in ({}, [], None) or k == "emptyDir"}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _by_name(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns `value` with arrays of named items as objects, in which their order doesn't count."""
    if isinstance(value, Mapping):
        return {key: _by_name(field) for key, field in value.items()}
    if has_unique_names(value):
        return {f"[{item['name']}]": _by_name(item) for item in value}
    return [_by_name(item) for item in value] if isinstance(value, list) else value


def _without_pulumi(labels: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns labels or annotations without those that only the Kubernetes provider reads."""
    return {k: v for k, v in (labels or {}).items() if not k.startswith("pulumi.com/")}


def _is_hook(obj: KubernetesObject) -> bool:
    return "helm.sh/hook" in (obj["metadata"].get("annotations") or {})
