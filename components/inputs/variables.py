"""Variables of the monolith that inputs own, where `extraEnv` would give them once more."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

TRANSPORTER = "TRANSPORTER"
"""The variable from which Rocket.Chat reads how to reach NATS."""
URL_VARIABLE = "NATS_URL"
"""Holds an external NATS's URL where the transporter needs a prefix before it."""
_ALWAYS = {
    TRANSPORTER: ("nats", "nats_url"),
    URL_VARIABLE: ("nats", "nats_url"),
    "MONGO_URL": ("mongodb_url", "mongodb_secret"),
    "ROOT_URL": ("host",),
}
"""Variables that every workspace gets, each with the inputs that decide it."""
_WHERE_GIVEN = {
    "MAIL_URL": ("smtp",),
    "ROCKETCHAT_LICENSE": ("license",),
    "REG_TOKEN": ("registration_token",),
}
"""Variables that are the operator's own where the input isn't given."""


def owned_variables(args: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each variable in `values.extraEnv` that inputs own, with those inputs."""
    for name in _names(args.get("values", {}).get("extraEnv")):
        inputs = _WHERE_GIVEN.get(name, ())
        if name in _ALWAYS or any(each in args for each in inputs):
            yield name, _ALWAYS.get(name, inputs)


def _names(extra: Any) -> list[str]:  # noqa: ANN401 - whatever came
    if isinstance(extra, str):
        try:
            extra = yaml.safe_load(extra)
        except (yaml.YAMLError, ValueError, RecursionError):
            return []  # Helm tells
    if not isinstance(extra, list):
        return []
    return [str(one.get("name")) for one in extra if isinstance(one, Mapping)]
