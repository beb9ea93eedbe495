"""Where two JSON values differ."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """Two values at the same path."""

    path: str
    """As in `spec.replicas`, or `env[0].value`."""
    before: Any
    """None if there is none."""
    after: Any
    """None if there is none."""


def find_differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:  # noqa: ANN401 - JSON
    """Yields the differences between two values, each at the outermost path possible."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            below = f"{path}{key}" if key.startswith("[") else f"{path}.{key}".lstrip(".")
            yield from find_differences(before.get(key), after.get(key), below)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (item, other) in enumerate(zip(before, after, strict=True)):
            yield from find_differences(item, other, f"{path}[{i}]")
    elif before != after:
        yield Difference(path, before, after)
