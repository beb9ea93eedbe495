"""The input `pod_template_overrides`: its form, and which of its strings may be secret."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.inputs.errors import ValidationErrors

PodTemplateOverrides = Mapping[str, Any]
"""Merge patches of pod templates, by the workload's name."""
_MAY_BE_SECRET = ("value", "annotations")
"""Keys below which strings may be secret: values of variables, and digests of Secrets."""
_JSON_TYPES = (str, int, float, bool, type(None), pulumi.Output)


def check_pod_template_overrides(
    value: PodTemplateOverrides, path: str, errors: ValidationErrors
) -> None:
    """Adds an error, which doesn't show the value, where it isn't an object of patches."""
    if not all(isinstance(patch, Mapping) and _is_json(patch) for patch in value.values()):
        errors.add(
            path,
            "takes an object of pod template patches by workload. `make adopt AS_IS=1` writes it;"
            " undo what was changed by hand.",
        )


def with_secrets(overrides: PodTemplateOverrides) -> dict[str, Any]:
    """Returns `overrides` with the strings that may be secret as secret Outputs."""
    return {name: _mark(patch, secret=False) for name, patch in overrides.items()}


def holds_secrets(patch: Any, *, secret: bool = False) -> bool:  # noqa: ANN401 - JSON
    """Whether `with_secrets` would mark a string in it; with `secret`, it marks every string."""
    if isinstance(patch, Mapping):
        return any(
            holds_secrets(item, secret=secret or key in _MAY_BE_SECRET)
            for key, item in patch.items()
        )
    if isinstance(patch, list):
        return any(holds_secrets(item, secret=secret) for item in patch)
    return isinstance(patch, pulumi.Output) or (secret and isinstance(patch, str))


def _mark(value: Any, *, secret: bool) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {
            key: _mark(item, secret=secret or key in _MAY_BE_SECRET) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_mark(item, secret=secret) for item in value]
    return pulumi.Output.secret(value) if secret and isinstance(value, str) else value


def _is_json(value: Any) -> bool:  # noqa: ANN401 - raw input
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return isinstance(value, _JSON_TYPES)
