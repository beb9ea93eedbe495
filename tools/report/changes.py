"""The objects of a preview, and what changes about each."""

import re
from dataclasses import dataclass
from functools import cached_property

from components.kube.objects import nested_map
from tools.report.mask import MASKED, SECRET_FIELDS
from tools.report.preview import Op, Preview, Properties, Step, to_string
from tools.report.yamldiff import diff, whole

ObjectKey = tuple[str, str, str]
"""Kind, namespace and name."""

MASKED_CHANGE = "[secret, changed]"
CHART_LABEL = "helm.sh/chart"
CHECKSUM_PREFIX = "checksum/"
_DERIVED_LABELS = (CHART_LABEL, "app.kubernetes.io/version", "chart")
_PATH_KEY = re.compile(r'\.?([^.\[\]"]+)|\["((?:[^"\\]|\\.)*)"\]')
"""A key in a property path: `a`, `.a`, `[0]` or `["a.b"]`."""


@dataclass(frozen=True)
class ObjectChange:
    """What happens to one object; nothing if the operation is `SAME`."""

    step: Step
    kind: str
    name: str
    namespace: str
    old: Properties
    new: Properties

    @property
    def op(self) -> Op:
        """What happens to the object."""
        return self.step.op

    @property
    def kind_and_name(self) -> str:
        """Kind and name, as in `Deployment/chat-presence`."""
        return f"{self.kind}/{self.name}"

    @property
    def old_kind_and_name(self) -> str:
        """Kind and name before; a replacement may change the name."""
        return f"{self.kind}/{_name(self.step.old) or self.name}"

    @property
    def old_namespace(self) -> str:
        """The namespace before; a replacement may change it."""
        metadata = nested_map(self.step.old, "metadata")
        return to_string(metadata.get("namespace")) if metadata else self.namespace

    @property
    def key(self) -> ObjectKey:
        """What identifies the object on the cluster."""
        return self.kind, self.namespace, self.name

    @property
    def latest(self) -> Properties:
        """The object after the change, or before if it is removed."""
        return self.new or self.old

    @cached_property
    def diff(self) -> str:
        """The changed lines, as YAML."""
        if self.op is Op.CREATE:
            return whole(self.new, "+")
        if self.op is Op.DELETE:
            return whole(self.old, "-")
        return self._diff_without_derived or diff(self.old, self.new)

    @cached_property
    def _diff_without_derived(self) -> str:
        return diff(_without_derived_metadata(self.old), _without_derived_metadata(self.new))

    @property
    def labels_only(self) -> bool:
        """Whether only labels and checksums change, which follow from other changes."""
        return self.op is Op.UPDATE and self.old != self.new and not self._diff_without_derived

    @property
    def replace_reasons(self) -> list[str]:
        """The property paths that force a replacement."""
        return sorted(path for path, kind in self.step.paths.items() if kind.endswith("-replace"))

    @property
    def changed_secret_keys(self) -> list[str]:
        """The keys of a Secret whose values change."""
        paths = map(_path_keys, self.step.paths)
        return sorted({keys[1] for keys in paths if len(keys) > 1 and keys[0] in SECRET_FIELDS})


def object_changes(preview: Preview) -> list[ObjectChange]:
    """Every resource of a provider, including those that stay the same."""
    return [
        _object_change(step)
        for step in preview.steps
        if step.custom and not step.type.startswith("pulumi:")
    ]


def _object_change(step: Step) -> ObjectChange:
    latest = step.new or step.old
    kind = step.type.rpartition(":")[2]
    # A generated name isn't known in a preview.
    name = _name(latest) or step.name.rpartition("/")[2]
    old, new = step.old, step.new
    if kind == "Secret":
        old, new = _mask_data(step, old, MASKED), _mask_data(step, new, MASKED_CHANGE)
    return ObjectChange(step, kind, name, _namespace(latest), old, new)


def _name(obj: Properties) -> str:
    return to_string(nested_map(obj, "metadata").get("name"))


def _namespace(obj: Properties) -> str:
    return to_string(nested_map(obj, "metadata").get("namespace"))


def _mask_data(step: Step, secret: Properties, changed: str) -> Properties:
    """A Secret that shows of each value only whether it changes."""
    if not secret:
        return secret
    others = {key: value for key, value in secret.items() if key not in SECRET_FIELDS}
    data: dict[str, str] = {}
    for field in SECRET_FIELDS:
        data |= dict.fromkeys(nested_map(secret, field), MASKED)
    for path, kind in step.paths.items():
        keys = _path_keys(path)
        if len(keys) > 1 and keys[0] in SECRET_FIELDS and kind.startswith("update"):
            data[keys[1]] = changed
    if not data and any(field in secret for field in SECRET_FIELDS):
        return {**others, "data": MASKED}
    return {**others, "data": data} if data else others


def _path_keys(path: str) -> list[str]:
    """The keys in a property path."""
    return [plain or quoted.replace('\\"', '"') for plain, quoted in _PATH_KEY.findall(path)]


def _without_derived_metadata(obj: Properties) -> Properties:
    """An object without the labels and checksums that follow from other changes."""
    result = dict(obj)
    if "metadata" in obj:
        result["metadata"] = _without_derived(nested_map(obj, "metadata"))
    template = nested_map(obj, "spec", "template")
    if "metadata" in template:
        metadata = _without_derived(nested_map(template, "metadata"))
        result["spec"] = {**obj["spec"], "template": {**template, "metadata": metadata}}
    return result


def _without_derived(metadata: Properties) -> Properties:
    labels = {
        key: value
        for key, value in nested_map(metadata, "labels").items()
        if key not in _DERIVED_LABELS
    }
    annotations = {
        key: value
        for key, value in nested_map(metadata, "annotations").items()
        if not key.startswith(CHECKSUM_PREFIX)
    }
    others = {key: value for key, value in metadata.items() if key not in ("labels", "annotations")}
    # Without an empty object, which would show that there was something.
    if labels:
        others["labels"] = labels
    if annotations:
        others["annotations"] = annotations
    return others
