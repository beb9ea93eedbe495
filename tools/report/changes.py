"""Steps -> what changes on the cluster, object by object."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tools.report.mask import MASKED, SECRET_FIELDS
from tools.report.preview import Op, Preview, State, Step
from tools.report.yamldiff import diff, whole

CHANGED = "[secret, changed]"
CHART_LABEL = "helm.sh/chart"
NOISY_LABELS = (CHART_LABEL, "app.kubernetes.io/version", "chart")
CHECKSUM = "checksum/"
"""Annotations that begin so change with something else, which is told where it changes."""

_KEYS = re.compile(r'\.?([^.\[\]"]+)|\["((?:[^"\\]|\\.)*)"\]')
"""The keys of a property path: `a`, `.a`, `[0]` or `["a.b"]`."""


@dataclass(frozen=True)
class Change:
    """What happens to one object; without a change it is there to be known of."""

    step: Step
    kind: str
    name: str
    namespace: str
    old: State
    new: State

    @property
    def op(self) -> Op:
        """What happens to it."""
        return self.step.op

    @property
    def title(self) -> str:
        """`Deployment/chat-presence`."""
        return f"{self.kind}/{self.name}"

    @property
    def old_title(self) -> str:
        """What it was known by before: another name where it is replaced by one of another name."""
        named = metadata(self.step.old)
        return f"{self.kind}/{text(named.get('name')) or self.name}"

    @property
    def old_namespace(self) -> str:
        """Where it was before."""
        named = metadata(self.step.old)
        return text(named.get("namespace")) if named else self.namespace

    @property
    def key(self) -> tuple[str, str, str]:
        """By what it is known on the cluster."""
        return self.kind, self.namespace, self.name

    @property
    def after(self) -> State:
        """What it is after the change, or was before it is removed."""
        return self.new or self.old

    @cached_property
    def text(self) -> str:
        """The lines that come, go or change, in YAML."""
        if self.op is Op.CREATE:
            return whole(self.new, "+")
        if self.op is Op.DELETE:
            return whole(self.old, "-")
        return self.quiet_text or diff(self.old, self.new)

    @cached_property
    def quiet_text(self) -> str:
        """The same for an object that stays, less labels and checksums that tell nothing."""
        return diff(without_noise(self.old), without_noise(self.new))

    @property
    def noise(self) -> bool:
        """Whether nothing changes but labels and checksums that tell nothing."""
        return self.op is Op.UPDATE and self.old != self.new and not self.quiet_text

    @property
    def forcing(self) -> list[str]:
        """The paths that force a replacement."""
        return sorted(path for path, kind in self.step.paths.items() if kind.endswith("-replace"))

    @property
    def secret_keys(self) -> list[str]:
        """The keys of a Secret whose values change."""
        found = (keys_of(path) for path in self.step.paths)
        return sorted({keys[1] for keys in found if len(keys) > 1 and keys[0] in SECRET_FIELDS})


def changes_of(preview: Preview) -> list[Change]:
    """Every object outside of Pulumi that the preview tells of."""
    return [
        _change(step)
        for step in preview.steps
        if step.custom and not step.type.startswith("pulumi:")
    ]


def keys_of(path: str) -> list[str]:
    """The keys that a property path goes through."""
    return [plain or quoted.replace('\\"', '"') for plain, quoted in _KEYS.findall(path)]


def metadata(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object's metadata, whatever stands there."""
    return mapping(one.get("metadata"))


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is a map, and an empty one otherwise."""
    return value if isinstance(value, Mapping) else {}


def maps(value: object) -> list[Mapping[str, Any]]:
    """The maps in a list, whatever else stands there."""
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, Mapping)]


def text(value: object) -> str:
    """A value as a name."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def without_noise(one: State) -> State:
    """An object less the labels and checksums that change with something else."""
    kept = {**one, "metadata": _quiet(metadata(one))} if "metadata" in one else dict(one)
    spec = mapping(one.get("spec"))
    template = mapping(spec.get("template"))
    if "metadata" in template:
        quiet = {**template, "metadata": _quiet(metadata(template))}
        kept["spec"] = {**spec, "template": quiet}
    return kept


def _quiet(told: Mapping[str, Any]) -> Mapping[str, Any]:
    labels = {k: v for k, v in mapping(told.get("labels")).items() if k not in NOISY_LABELS}
    annotations = mapping(told.get("annotations"))
    annotations = {k: v for k, v in annotations.items() if not k.startswith(CHECKSUM)}
    rest = {k: v for k, v in told.items() if k not in ("labels", "annotations")}
    # An empty map says nothing: the noise was all that there was.
    return {**rest, **_some(labels=labels, annotations=annotations)}


def _some(**maps: Mapping[str, Any]) -> dict[str, Any]:
    return {key: held for key, held in maps.items() if held}


def _change(step: Step) -> Change:
    shown = step.new or step.old
    kind = step.type.rpartition(":")[2]
    named = metadata(shown)
    # The resource's name stands in for one that isn't known yet.
    name = text(named.get("name")) or step.name.rpartition("/")[2]
    old, new = step.old, step.new
    if kind == "Secret":
        old, new = _secret(step, old, MASKED), _secret(step, new, CHANGED)
    return Change(step, kind, name, text(named.get("namespace")), old, new)


def _secret(step: Step, state: State, changed: str) -> State:
    """A Secret with, for each key, only whether its value changes."""
    if not state:
        return state
    rest = {key: held for key, held in state.items() if key not in SECRET_FIELDS}
    data: dict[str, str] = {}
    for field in SECRET_FIELDS:
        data |= dict.fromkeys(mapping(state.get(field)), MASKED)
    for path, kind in step.paths.items():
        keys = keys_of(path)
        if len(keys) > 1 and keys[0] in SECRET_FIELDS and kind.startswith("update"):
            data[keys[1]] = changed
    if not data and any(field in state for field in SECRET_FIELDS):
        return {**rest, "data": MASKED}
    return {**rest, "data": data} if data else rest
