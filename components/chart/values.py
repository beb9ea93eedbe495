"""The Helm values that make the chart render a workspace."""

from collections.abc import Mapping
from typing import Any

from components.inputs.definitions import INPUTS, get_input
from components.inputs.spec import Nats, WorkspaceSpec
from components.services import SERVICES


def helm_values(spec: WorkspaceSpec) -> dict[str, Any]:
    """Returns the values that make the chart render `spec`; of secrets they hold only names."""
    values = _of_inputs(spec)
    for service in spec.services:
        if service.in_chart:
            number = spec.replicas[service.name]
            values = merge_values(values, _nested(".".join(service.replicas), number))
    derived: dict[str, Any] = {
        "microservices": {"enabled": spec.microservices},
        "mongodb": {"enabled": False, "serviceMonitor": {"enabled": False}},
        "existingMongodbSecret": spec.mongodb.name,
        "nats": _nats(spec),
        "ingress": {"enabled": spec.has_ingress},
    }
    if spec.mail is not None:
        derived["smtp"] = {"enabled": True, "existingSecret": spec.mail.name}
    if "uploads" in spec.args:
        derived["persistence"] = {"enabled": True}
    return merge_values(merge_values(values, derived), spec.values)


def merge_values(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Merges `overrides` into `values` as Helm merges several values files.

    Objects are merged key by key; anything else, an array included, replaces what was there.
    """
    merged = dict(values)
    for key, value in overrides.items():
        current = merged.get(key)
        if isinstance(current, Mapping) and isinstance(value, Mapping):
            merged[key] = merge_values(current, value)
        else:
            merged[key] = value
    return merged


def _of_inputs(spec: WorkspaceSpec) -> dict[str, Any]:
    """Returns the values of the inputs that have a place of their own in the chart's values."""
    values: dict[str, Any] = {}
    left_out = tuple(
        f"services.{service.name}." for service in SERVICES if service not in spec.services
    )
    for row in INPUTS:
        if not row.helm or not row.written or row.path.startswith(left_out):
            continue
        value = get_input(spec.args, row.path)
        if value is not None:
            values = merge_values(values, _nested(row.helm, row.to_helm(value, spec.args)))
    return values


def _nested(path: str, value: object) -> Mapping[str, Any]:
    """Returns `value` below the keys of `path`."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value  # type: ignore[return-value]  # a path has at least one key


def _nats(spec: WorkspaceSpec) -> dict[str, Any]:
    values: dict[str, Any] = {"enabled": spec.bus.nats is Nats.BUNDLED}
    if spec.bus.secret is not None:
        values["existingSecret"] = {"name": spec.bus.secret.name, "key": spec.bus.secret.key}
    return values
