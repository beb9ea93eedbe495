"""Names of fields: as Python writes them, and as every other Pulumi language does."""

from typing import Any, get_type_hints

import pulumi


def camel(name: str) -> str:
    """`ddp_streamer` as config keys and outputs spell it: `ddpStreamer`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def field_types(declared: type) -> dict[str, Any]:
    """The fields of a TypedDict with their types, evaluated."""
    # pulumi.Input holds the string "Output[T]".
    return get_type_hints(declared, localns={"Output": pulumi.Output, "T": Any})
