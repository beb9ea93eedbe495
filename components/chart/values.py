"""Intent -> Helm values."""

from typing import Any

from components.deploy.secrets import environment_secret, mail_secret
from components.inputs.ownership import merge
from components.inputs.spec import Intent
from components.services import Path


def helm_values(intent: Intent) -> dict[str, Any]:
    """The values that make the chart render what is meant. Of secrets they hold only names."""
    values: dict[str, Any] = {
        "host": intent.host,
        "microservices": {"enabled": intent.microservices},
        "mongodb": {"enabled": False, "serviceMonitor": {"enabled": False}},
        "existingMongodbSecret": intent.mongodb_secret,
        "nats": intent.bus.values(),
        "service": {"type": intent.service_type, "port": intent.service_port},
        "ingress": _ingress(intent),
    }
    for service in intent.services:
        values = merge(values, _at(service.replicas, intent.replicas[service.name]))
        resources = intent.resources.get(service.name)
        if resources:
            values = merge(values, _at(service.resources, resources))
    if intent.image_tag:
        values["image"] = {"tag": intent.image_tag}
    if intent.image_registry:
        values["global"] = {"imageRegistry": intent.image_registry}
    if intent.smtp:
        values["smtp"] = {"enabled": True, "existingSecret": mail_secret(intent)}
    environment = environment_secret(intent)
    if environment:
        values["extraSecret"] = environment
    if intent.uploads:
        values["persistence"] = {
            "enabled": True,
            "accessMode": intent.uploads.access_mode,
            **_given(
                size=intent.uploads.size,
                storageClass=intent.uploads.storage_class,
                existingClaim=intent.uploads.existing_claim,
            ),
        }
    return merge(values, intent.values)


def _ingress(intent: Intent) -> dict[str, Any]:
    ingress = intent.ingress
    if ingress is None:
        return {"enabled": False}
    values = {
        "enabled": True,
        "annotations": dict(ingress.annotations),
        **_given(ingressClassName=ingress.class_name),
    }
    if ingress.tls_secret:
        values["tls"] = [{"secretName": ingress.tls_secret, "hosts": [intent.host]}]
    return values


def _at(path: Path, value: object) -> dict[str, Any]:
    """`value` at the end of `path`."""
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[return-value]  # a path has at least one key


def _given(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}
