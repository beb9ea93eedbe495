"""Where two JSON values differ."""

from collections.abc import Iterator, Mapping
from typing import Any

Difference = tuple[str, Any, Any]
"""A path such as `spec.replicas`, and the two values there; None stands for an absent one."""


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:  # noqa: ANN401 - JSON
    """Yields the outermost paths at which two values differ, in the order of their keys."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            below = f"{path}{key}" if key.startswith("[") else f"{path}.{key}".lstrip(".")
            yield from differences(before.get(key), after.get(key), below)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (item, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(item, other, f"{path}[{i}]")
    elif before != after:
        yield path, before, after
