"""What Helm values say besides the chart's defaults."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from tools.adopt.translation import remove_nested


def differences(values: Mapping[str, Any], defaults: object) -> dict[str, Any]:
    """Returns what of `values` differs from `defaults`, without objects that are empty then."""
    different: dict[str, Any] = {}
    for key, value in values.items():
        default = defaults.get(key) if isinstance(defaults, Mapping) else None
        if isinstance(value, Mapping):
            below = differences(value, default)
            if below:
                different[key] = below
        elif value != default or type(value) is not type(default):
            different[key] = value
    return different


def without(values: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Returns `values` without those at `paths`, and without objects that are empty then."""
    rest = deepcopy(dict(values))
    for path in paths:
        remove_nested(rest, path.split("."))
    return rest
