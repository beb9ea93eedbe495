"""The Helm values for a workspace."""

from collections.abc import Mapping
from typing import Any

from components.inputs.spec import Nats, WorkspaceSpec
from components.services import Path

MAIL_KEY = "mail-url"
"""Where the chart looks for the mail server's URL in `smtp.existingSecret`."""
MONGODB_KEY = "mongo-uri"
"""Where the chart looks for MongoDB's URL in `existingMongodbSecret`."""


def helm_values(spec: WorkspaceSpec) -> dict[str, Any]:
    """The values that make the chart render what is meant. Of secrets they hold only names."""
    values: dict[str, Any] = {
        "host": spec.host,
        "microservices": {"enabled": spec.microservices},
        "mongodb": {"enabled": False, "serviceMonitor": {"enabled": False}},
        "existingMongodbSecret": spec.mongodb_secret,
        "nats": _nats(spec),
        "service": {"type": spec.service_type, "port": spec.service_port},
        "ingress": _ingress(spec),
    }
    for service in spec.services:
        values = merge_values(values, _at(service.replicas, spec.replicas[service.name]))
        resources = spec.resources.get(service.name)
        if resources:
            values = merge_values(values, _at(service.resources, resources))
    if spec.image_tag:
        values["image"] = {"tag": spec.image_tag}
    if spec.image_registry:
        values["global"] = {"imageRegistry": spec.image_registry}
    if spec.smtp:
        values["smtp"] = {"enabled": True, "existingSecret": spec.mail_secret}
    environment = spec.environment_secret
    if environment:
        values["extraSecret"] = environment
    if spec.uploads:
        values["persistence"] = {
            "enabled": True,
            "accessMode": spec.uploads.access_mode,
            **_given(
                size=spec.uploads.size,
                storageClass=spec.uploads.storage_class,
                existingClaim=spec.uploads.existing_claim,
            ),
        }
    return merge_values(values, spec.values)


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


def _ingress(spec: WorkspaceSpec) -> dict[str, Any]:
    ingress = spec.ingress
    if ingress is None:
        return {"enabled": False}
    values = {
        "enabled": True,
        "annotations": dict(ingress.annotations),
        **_given(ingressClassName=ingress.class_name),
    }
    if ingress.tls_secret:
        values["tls"] = [{"secretName": ingress.tls_secret, "hosts": [spec.host]}]
    return values


def _at(path: Path, value: object) -> dict[str, Any]:
    """`value` at the end of `path`."""
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[return-value]  # a path has at least one key


def _given(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _nats(spec: WorkspaceSpec) -> dict[str, Any]:
    values: dict[str, Any] = {"enabled": spec.bus.nats is Nats.BUNDLED}
    if spec.bus.secret is not None:
        values["existingSecret"] = {"name": spec.bus.secret.name, "key": spec.bus.secret.key}
    return values
