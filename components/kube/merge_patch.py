"""JSON merge patches (RFC 7386) that can also patch single items of a list.

In a merge patch objects are merged, null removes a field, and any other value replaces what is
there. Here a list whose items have names, such as containers or variables, can in addition be
patched by an object with these names as its keys.
"""

from collections.abc import Mapping
from typing import Any


def merge_patch(value: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns `value` with `patch` applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    if has_unique_names(value):
        patches = ((item, patch.get(item["name"], {})) for item in value)
        return [merge_patch(item, change) for item, change in patches if change is not None]
    merged = dict(value) if isinstance(value, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), change)
    return merged


def create_merge_patch(value: Any, target: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns the patch that turns `value` into `target`; `{}` if they are equal.

    Neither may contain a null, as a patch can't express it.
    """
    if has_unique_names(value) and has_unique_names(target) and _names(value) == _names(target):
        pairs = zip(value, target, strict=True)
        return {
            item["name"]: create_merge_patch(item, other) for item, other in pairs if item != other
        }
    if not (isinstance(value, Mapping) and isinstance(target, Mapping)):
        return {} if value == target else target
    patch: dict[str, Any] = dict.fromkeys(key for key in value if key not in target)
    for key, field in target.items():
        if key not in value:
            patch[key] = field
        elif value[key] != field:
            patch[key] = create_merge_patch(value[key], field)
    return patch


def has_unique_names(value: object) -> bool:
    """Whether `value` is a list whose items all have a name, each a different one."""
    if not isinstance(value, list) or not value:
        return False
    names = _names(value)
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _names(items: list[Any]) -> list[Any]:
    return [item.get("name") if isinstance(item, Mapping) else None for item in items]
