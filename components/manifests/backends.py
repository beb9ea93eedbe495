"""The variables by which a service finds MongoDB, NATS and the mail server, and its licence.

All but the transporter come from Secrets, and Kubernetes puts longer values together from them, so
that a password is nowhere but in its Secret.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from components.inputs.definitions import LICENSE, MONGODB_URL
from components.inputs.spec import WorkspaceSpec
from components.inputs.urls import mongodb_options_suffix
from components.kube.objects import (
    KubernetesObject,
    find_env,
    replace_env,
    secret_env,
    set_env,
)
from components.manifests.transporter import transporter_env
from components.services import NATS, ROCKETCHAT, Service

_WIZARD = "OVERWRITE_SETTING_Show_Setup_Wizard"


class BackendVariables(NamedTuple):
    """Entries of a container's `env` that belong together."""

    input: str
    """The input that asks for them."""
    entries: list[dict[str, Any]]


def backend_env(spec: WorkspaceSpec, service: Service) -> Iterator[BackendVariables]:
    """Yields what the container of `service` needs to find what it depends on."""
    yield BackendVariables("nats", transporter_env(spec, service))
    if service is NATS:
        return
    yield BackendVariables("mongodb_secret", _mongodb_env(spec))
    if service is not ROCKETCHAT:
        return
    if spec.mail is not None:
        yield BackendVariables("smtp", [secret_env("MAIL_URL", spec.mail.name, spec.mail.key)])
    if spec.existing_license is not None:
        entry = secret_env(LICENSE, spec.existing_license.name, spec.existing_license.key)
        yield BackendVariables("license_secret", [entry])


def set_backends(container: KubernetesObject, spec: WorkspaceSpec, service: Service) -> None:
    """Sets these variables; the chart's values have one transporter and one key for all."""
    # The chart also renders services that the workspace doesn't have.
    if service not in spec.services:
        return
    for variables in backend_env(spec, service):
        if variables.entries:
            replace_env(container, variables.entries)
    licensed = "license" in spec.args or "license_secret" in spec.args
    # As the chart has it for a licence in its values.
    if service is ROCKETCHAT and licensed and find_env(container, _WIZARD) is None:
        set_env(container, _WIZARD, "completed")


def _mongodb_env(spec: WorkspaceSpec) -> list[dict[str, Any]]:
    options = spec.mongodb_options
    # A URL that is an input has the options in the Secret that the component makes.
    if not options or "mongodb_url" in spec.args:
        return [secret_env("MONGO_URL", spec.mongodb.name, spec.mongodb.key)]
    return [
        secret_env(MONGODB_URL, spec.mongodb.name, spec.mongodb.key),
        {"name": "MONGO_URL", "value": f"$({MONGODB_URL})&{mongodb_options_suffix(options)}"},
    ]
