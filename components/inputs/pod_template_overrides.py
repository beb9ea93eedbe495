"""The input `pod_template_overrides`: its form, and which of its texts are secret."""

from collections.abc import Mapping
from typing import Any

import pulumi

_SEALED = ("value", "annotations")
"""Below these keys a kept template may hold what is secret: variables, and digests of secrets."""
_PLAIN = (str, int, float, bool, type(None), pulumi.Output)

PodTemplateOverrides = Mapping[str, Any]
"""By the workload's name, the patch of its pod template."""


def problem(kept: PodTemplateOverrides) -> str:
    """What is wrong with what came, in words that don't show it; "" for nothing."""
    if all(isinstance(patch, Mapping) and _is_plain(patch) for patch in kept.values()):
        return ""
    return (
        "takes, by a workload's name, a map of what its pod template keeps. `make adopt AS_IS=1`"
        " writes it; remove what was changed by hand."
    )


def sealed(kept: PodTemplateOverrides) -> dict[str, Any]:
    """`kept` with the texts that may be secret as secret outputs."""
    return {name: _seal(patch, hide=False) for name, patch in kept.items()}


def holds_secrets(patch: Any, *, hide: bool = False) -> bool:  # noqa: ANN401 - JSON
    """Whether there is a text in it that `sealed` would make a secret; all are that with `hide`."""
    if isinstance(patch, Mapping):
        return any(holds_secrets(patch[key], hide=hide or key in _SEALED) for key in patch)
    if isinstance(patch, list):
        return any(holds_secrets(held, hide=hide) for held in patch)
    return isinstance(patch, pulumi.Output) or (hide and isinstance(patch, str))


def _seal(value: Any, *, hide: bool) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _seal(held, hide=hide or key in _SEALED) for key, held in value.items()}
    if isinstance(value, list):
        return [_seal(held, hide=hide) for held in value]
    return pulumi.Output.secret(value) if hide and isinstance(value, str) else value


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - whatever came
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(held) for key, held in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)
