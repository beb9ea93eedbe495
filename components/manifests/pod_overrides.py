"""Pods that keep what Helm gave them, so that a workspace is taken over without a restart.

What is kept is a merge patch of a workload's pod template (RFC 7386: maps are merged, a null takes
away, anything else takes the place of what was there), with one thing added: where items of a list
have names, as containers and variables do, a map by those names patches single items.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi

from components.inputs.errors import Spell
from components.manifests.objects import KubernetesObject, name_of, pod_templates

_SEALED = ("value", "annotations")
"""Below these keys a kept template may hold what is secret: variables, and digests of secrets."""
_PLAIN = (str, int, float, bool, type(None), pulumi.Output)

Kept = Mapping[str, Any]
"""By the workload's name, the patch of its pod template."""


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


def problem(kept: Kept) -> str:
    """What is wrong with what came, in words that don't show it; "" for nothing."""
    if all(isinstance(patch, Mapping) and _is_plain(patch) for patch in kept.values()):
        return ""
    return (
        "takes, by a workload's name, a map of what its pod template keeps. `make adopt AS_IS=1`"
        " writes it; remove what was changed by hand."
    )


def sealed(kept: Kept) -> dict[str, Any]:
    """`kept` with the texts that may be secret as secret outputs."""
    return {name: _seal(patch, hide=False) for name, patch in kept.items()}


def holds_secrets(patch: Any, *, hide: bool = False) -> bool:  # noqa: ANN401 - JSON
    """Whether there is a text in it that `sealed` would make a secret; all are that with `hide`."""
    if isinstance(patch, Mapping):
        return any(holds_secrets(patch[key], hide=hide or key in _SEALED) for key in patch)
    if isinstance(patch, list):
        return any(holds_secrets(held, hide=hide) for held in patch)
    return isinstance(patch, pulumi.Output) or (hide and isinstance(patch, str))


def missing(kept: Kept, objects: list[KubernetesObject], spell: Spell) -> str:
    """A problem where something is kept for a workload that isn't there; "" for nothing."""
    names = sorted(one["metadata"]["name"] for one in pod_templates(objects))
    strangers = [name for name in kept if name not in names]
    if not strangers:
        return ""
    return (
        f"{spell('kept_pods')}: {len(strangers)} of its names are no workload's. Remove all but"
        f" those of {', '.join(names)}."
    )


def warnings(kept: Kept, objects: list[KubernetesObject], spell: Spell) -> Iterator[str]:
    """A sentence for each workload whose pods keep something."""
    for one in pod_templates(objects):
        patch = kept.get(one["metadata"]["name"])
        if patch:
            paths = ", ".join(sorted(_paths(patch)))
            yield (
                f"{spell('kept_pods')}: the pods of {name_of(one)} keep what Helm gave them,"
                f" whatever the other keys say: {paths}. Remove {one['metadata']['name']} there"
                " when a restart suits."
            )


def keeping(kept: Kept) -> pulumi.ResourceTransform:
    """What lays each patch upon its workload as that is registered.

    A secret in a ConfigGroup's list of objects would be stored in plain text there; in the inputs
    of the child itself it stays one.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        one = cast("KubernetesObject", args.props)
        held = apply(one, kept)
        return None if held is one else pulumi.ResourceTransformResult(held, args.opts)

    return transform


def apply(one: KubernetesObject, kept: Kept) -> KubernetesObject:
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


def _seal(value: Any, *, hide: bool) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _seal(held, hide=hide or key in _SEALED) for key, held in value.items()}
    if isinstance(value, list):
        return [_seal(held, hide=hide) for held in value]
    return pulumi.Output.secret(value) if hide and isinstance(value, str) else value


def _paths(patch: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in patch.items():
        path = f"{above}.{key}".lstrip(".")
        # A variable is said by its name, whatever of it is kept.
        if isinstance(value, Mapping) and value and not above.endswith(".env"):
            yield from _paths(value, path)
        else:
            yield path


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - whatever came
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(held) for key, held in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)
