"""Objects against intent: nothing, or one error that names each miss."""

import pulumi

from components.intent import Intent
from components.objects import KubernetesObject, container, name_of, variable, workload
from components.services import SERVICES


def check(objects: list[KubernetesObject], intent: Intent, chart_version: str) -> None:
    """Raises one `pulumi.RunError` that names each way in which `objects` aren't what is meant."""
    missed = []
    for service in SERVICES:
        one = workload(objects, service, intent.release)
        expected = service in intent.services
        if one is None or not expected:
            if expected:
                missed.append(f"{service.config_name}: no {service.kind} was rendered for it")
            elif one is not None:
                missed.append(f"{service.config_name}: {name_of(one)} was rendered and isn't meant")
            continue
        asked, came = intent.replicas[service.name], one["spec"].get("replicas", 1)
        if asked != came:
            missed.append(f"{name_of(one)} spec.replicas: asked for {asked}, rendered {came}")
        held = container(one, service.container)
        missed.extend(
            f"{name_of(one)} {wanted['name']}: asked for {wanted}"
            for wanted in intent.bus.environment(service, intent.release)
            if held is None or variable(held, wanted["name"]) != wanted
        )
    if missed:
        lines = "".join(f"\n  - {each}" for each in missed)
        raise pulumi.RunError(
            f"Chart {chart_version} doesn't render what was asked for; nothing was changed:{lines}",
        )
