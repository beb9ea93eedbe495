"""Refuses upgrades that need care until the config acknowledges them."""

import pulumi

from components.deploy.upgrade_rules import Versions, upgrade_steps
from components.inputs.spec import WorkspaceSpec


def check_upgrade(
    spec: WorkspaceSpec,
    running: Versions | None,
    wanted: Versions,
    made_for: str,
) -> list[str]:
    """Returns a warning for each acknowledgement that matches no step of this upgrade.

    Args:
        spec: The workspace, with its acknowledgements.
        running: The versions that run; None if nothing does.
        wanted: The versions to deploy.
        made_for: The version of Rocket.Chat that the wanted chart was made for.

    Raises:
        pulumi.RunError: With every step that needs an acknowledgement and has none.
    """
    found = upgrade_steps(
        running,
        wanted,
        made_for=made_for,
        microservices=spec.microservices,
        uploads="uploads" in spec.args,
        values=bool(spec.values),
    )
    steps = [step for step in found if step.needs_acknowledgement]
    missing = [step for step in steps if step.name not in spec.args.get("acknowledge", [])]
    key = spec.key_format("acknowledge")
    if missing:
        change = f"Deploying Rocket.Chat {wanted.app}"
        if running:
            change = f"Going from Rocket.Chat {running.app} (chart {running.chart}) to {wanted.app}"
        lines = "".join(f"\n  - {step.name}: {step.reason} {step.remedy}" for step in missing)
        names = ", ".join(step.name for step in missing)
        raise pulumi.RunError(
            f"{change} (chart {wanted.chart}) needs care; nothing was changed:{lines}\nOnce"
            f" you have taken care of a step, add its name to {key}: [{names}].",
        )
    if running == wanted:
        return []  # The acknowledgements of a finished upgrade may stay until the next one.
    return [
        f"{key}: {name} matches no step of this upgrade. Remove it, so that it allows nothing"
        " later."
        for name in spec.args.get("acknowledge", [])
        if name not in {step.name for step in steps}
    ]
