"""The transporter: how the containers of each service find NATS.

Rocket.Chat reads it from the environment variable `TRANSPORTER`. With `nats://…` the monolith
leaves the work of the dedicated services to them. With `monolith+nats://…` it also keeps doing that
work itself, which is the form for several monoliths without dedicated services.
"""

from typing import Any

from components.inputs.definitions import NATS_PASSWORD, NATS_URL, TRANSPORTER
from components.inputs.spec import Nats, WorkspaceSpec
from components.kube.objects import secret_env
from components.services import NATS, ROCKETCHAT, Service

NATS_USER = "rocketchat"
"""The user of the bundled NATS where it asks for a password."""


def nats_host(release: str) -> str:
    """The name of the bundled NATS's Kubernetes Service."""
    return f"{release}-{NATS.kebab_name}"


def nats_url(release: str, login: str = "") -> str:
    """The URL of the bundled NATS, with a login as in `user:password@`."""
    return f"nats://{login}{nats_host(release)}:{NATS.port}"


def transporter_env(spec: WorkspaceSpec, service: Service) -> list[dict[str, Any]]:
    """Returns the `env` entries by which the container of `service` finds NATS, or is NATS.

    Kubernetes expands one variable in another, so that passwords stay in their Secrets.
    """
    bus = spec.bus
    password = (
        []
        if bus.password is None
        else [secret_env(NATS_PASSWORD, bus.password.name, bus.password.key)]
    )
    if service is NATS:
        return password
    if bus.nats is Nats.NONE:
        return []
    prefix = "monolith+" if bus.monolith_prefix and service is ROCKETCHAT else ""
    if bus.secret is None:
        login = f"{NATS_USER}:$({NATS_PASSWORD})@" if password else ""
        url = f"{prefix}{nats_url(spec.release, login)}"
        return [*password, {"name": TRANSPORTER, "value": url}]
    if not prefix:
        return [secret_env(TRANSPORTER, bus.secret.name, bus.secret.key)]
    return [
        secret_env(NATS_URL, bus.secret.name, bus.secret.key),
        {"name": TRANSPORTER, "value": f"{prefix}$({NATS_URL})"},
    ]
