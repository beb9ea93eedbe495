"""The operator's own environment variables."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, nested_list, replace_env, secret_env
from components.services import NATS, Service


def set_variables(container: KubernetesObject, spec: WorkspaceSpec, service: Service) -> None:
    """Sets the variables of a service's container; what the chart says of them gives way."""
    entries = variable_entries(spec, service)
    if entries:
        replace_env(container, entries)


def variable_entries(spec: WorkspaceSpec, service: Service) -> list[dict[str, Any]]:
    """Returns the entries of `env` for a service: its own win over those of all services."""
    entries: dict[str, dict[str, Any]] = {}
    for secret, settings in variable_settings(spec, service):
        for name, value in settings.get("variables", {}).items():
            # Kubernetes would put another variable in the place of $(NAME).
            entries[name] = (
                {"name": name, "value": value.replace("$(", "$$(")}
                if isinstance(value, str)
                else secret_env(name, secret, name)
            )
        for name, reference in settings.get("variables_from", {}).items():
            entries[name] = secret_env(name, reference["name"], reference["key"])
    return list(entries.values())


def variable_settings(
    spec: WorkspaceSpec, service: Service
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields where variables of a service are given, with the Secret for those that are secret."""
    if service is not NATS:
        yield f"{spec.release}-variables", {**spec.args}
    yield f"{spec.release}-{service.kebab_name}-variables", {**spec.settings_of(service)}


def keep_last_entries(container: KubernetesObject) -> None:
    """Keeps one entry for each variable: the last, which counts in Kubernetes.

    The chart's own come first, and the operator's after them.
    """
    env = nested_list(container, "env")
    last = {entry["name"]: entry for entry in env}
    if len(last) < len(env):
        container["env"] = [last[name] for name in dict.fromkeys(entry["name"] for entry in env)]
