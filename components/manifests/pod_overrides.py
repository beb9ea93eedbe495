"""Pods that keep what Helm gave them, so that a workspace is taken over without a restart.

What is kept is a merge patch of a workload's pod template (RFC 7386: maps are merged, a null takes
away, anything else takes the place of what was there), with one thing added: where items of a list
have names, as containers and variables do, a map by those names patches single items.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from components.inputs.errors import KeyFormat
from components.inputs.pod_template_overrides import PodTemplateOverrides
from components.kube.objects import KubernetesObject, kind_and_name, workloads


def patched(template: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON
    """`template` with `patch` laid upon it; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    if is_named(template):
        found = ((one, patch.get(one["name"], {})) for one in template)
        return [patched(one, below) for one, below in found if below is not None]
    merged = dict(template) if isinstance(template, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key), value)
    return merged


def difference(template: Any, wanted: Any) -> Any:  # noqa: ANN401 - JSON
    """The patch that makes `template` into `wanted`; `{}` where they are the same.

    Neither may hold a null, which a patch can't say.
    """
    if is_named(template) and is_named(wanted) and _names(template) == _names(wanted):
        pairs = zip(template, wanted, strict=True)
        return {one["name"]: difference(one, other) for one, other in pairs if one != other}
    if not (isinstance(template, Mapping) and isinstance(wanted, Mapping)):
        return {} if template == wanted else wanted
    patch: dict[str, Any] = dict.fromkeys(key for key in template if key not in wanted)
    for key, value in wanted.items():
        if key not in template:
            patch[key] = value
        elif template[key] != value:
            patch[key] = difference(template[key], value)
    return patch


def missing(
    kept: PodTemplateOverrides, objects: list[KubernetesObject], key_format: KeyFormat
) -> str:
    """A problem where something is kept for a workload that isn't there; "" for nothing."""
    names = sorted(one["metadata"]["name"] for one in workloads(objects))
    strangers = [name for name in kept if name not in names]
    if not strangers:
        return ""
    return (
        f"{key_format('pod_template_overrides')}: {len(strangers)} of its names are no workload's. Remove all but"
        f" those of {', '.join(names)}."
    )


def warnings(
    kept: PodTemplateOverrides, objects: list[KubernetesObject], key_format: KeyFormat
) -> Iterator[str]:
    """A sentence for each workload whose pods keep something."""
    for one in workloads(objects):
        patch = kept.get(one["metadata"]["name"])
        if patch:
            paths = ", ".join(sorted(_paths(patch)))
            yield (
                f"{key_format('pod_template_overrides')}: the pods of {kind_and_name(one)} keep what Helm gave them,"
                f" whatever the other keys say: {paths}. Remove {one['metadata']['name']} there"
                " when a restart suits."
            )


def apply(one: KubernetesObject, kept: PodTemplateOverrides) -> KubernetesObject:
    """A workload with what its pods keep; anything else as it is."""
    spec = one.get("spec")
    patch = kept.get(one.get("metadata", {}).get("name"))
    if not patch or not isinstance(spec, Mapping) or "template" not in spec:
        return one
    return {**one, "spec": {**spec, "template": patched(spec["template"], patch)}}


def is_named(value: object) -> bool:
    """Whether it is a list whose items have names, each its own."""
    if not isinstance(value, list) or not value:
        return False
    names = _names(value)
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _names(value: list[Any]) -> list[Any]:
    return [one.get("name") if isinstance(one, Mapping) else None for one in value]


def _paths(patch: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in patch.items():
        path = f"{above}.{key}".lstrip(".")
        # A variable is said by its name, whatever of it is kept.
        if isinstance(value, Mapping) and value and not above.endswith(".env"):
            yield from _paths(value, path)
        else:
            yield path
