"""The names of fields in Python, and in config keys and all other Pulumi languages."""

from typing import Any, get_type_hints

import pulumi


def camel(name: str) -> str:
    """Returns a Python name as config keys and outputs write it: `ddpStreamer`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def field_types(declared: type) -> dict[str, Any]:
    """Returns the evaluated types of a TypedDict's fields, by name."""
    # pulumi.Input refers to "Output[T]" in a string.
    return get_type_hints(declared, localns={"Output": pulumi.Output, "T": Any})
