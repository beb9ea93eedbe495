"""The versions that run, from the outputs of the stack's last update."""

import time
from collections.abc import Mapping
from typing import Any

import pulumi

from components.deploy.upgrade_rules import Versions
from components.messages import reason_of

ATTEMPTS = 5
PAUSE = 0.2
"""Seconds between two attempts."""


def running_versions() -> Versions | None:
    """Returns the versions that this stack's last update deployed, or None before the first one.

    Raises:
        pulumi.RunError: If the backend can't be read.
    """
    return _versions(_read("readStackOutputs", "name"))


def component_versions(type_: str, name: str) -> Versions | None:
    """Returns the versions that a component of this stack's last update has deployed, or None.

    Args:
        type_: The component's type.
        name: Its name.

    Raises:
        pulumi.RunError: If the backend can't be read.
    """
    outputs = _read("readStackResourceOutputs", "stackName")
    for urn, resource in outputs.items():
        if urn.endswith(f"::{type_}::{name}"):
            return _versions(resource.get("outputs") or {})
    return None


def _versions(outputs: Mapping[str, Any]) -> Versions | None:
    if "appVersion" not in outputs:
        return None
    return Versions(chart=str(outputs.get("chartVersion", "")), app=str(outputs["appVersion"]))


def _read(function: str, argument: str) -> dict[str, Any]:
    """Asks the engine about this stack's last update."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            result = pulumi.runtime.invoke(f"pulumi:pulumi:{function}", {argument: stack}).value
        except Exception as error:  # the SDK raises a bare Exception with the engine's message
            # With a file backend, the engine may be writing this stack's state right now.
            if attempt == ATTEMPTS:
                raise pulumi.RunError(
                    f"The stack's last outputs can't be read ({reason_of(error)}). Try again.",
                ) from error
            time.sleep(PAUSE)
        else:
            return dict((result or {}).get("outputs", {}))
    raise AssertionError(ATTEMPTS)
