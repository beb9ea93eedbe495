"""What runs: read from the outputs of the stack's last update."""

import time
from typing import Any

import pulumi

from components.deploy.upgrade_rules import Versions
from components.messages import reason_of

TRIES = 5


def running_versions() -> Versions | None:
    """The versions that this stack's last update left running; None where it had none.

    Raises `pulumi.RunError` where the backend can't be read.
    """
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    outputs = _outputs(name)
    if "appVersion" not in outputs:
        return None
    return Versions(chart=str(outputs.get("chartVersion", "")), app=str(outputs["appVersion"]))


def _outputs(name: str) -> dict[str, Any]:
    for left in reversed(range(TRIES)):
        try:
            answer = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": name}).value
        except Exception as error:  # the SDK raises a bare Exception with the engine's message
            # A file backend writes this very stack's state meanwhile, and may be caught at it.
            if not left:
                raise pulumi.RunError(
                    f"The stack's last outputs can't be read ({reason_of(error)}). Try again.",
                ) from error
            time.sleep(0.2)
        else:
            return dict((answer or {}).get("outputs", {}))
    raise AssertionError(TRIES)
