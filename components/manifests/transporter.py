"""NATS between the services, and the transporter: how each workload finds it.

Rocket.Chat reads the transporter from the environment variable `TRANSPORTER`. With `nats://…` the
monolith leaves what the dedicated services do to them; with `monolith+nats://…` it keeps doing it
too, which is also the form for several monoliths without dedicated services.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from components.manifests.objects import KubernetesObject, container, workload
from components.services import NATS, ROCKETCHAT, Service

TRANSPORTER = "TRANSPORTER"
URL_VARIABLE = "NATS_URL"
"""Holds an external NATS's URL where the transporter needs a prefix before it."""


class Nats(Enum):
    """Where NATS runs."""

    BUNDLED = "bundled"
    EXTERNAL = "external"
    NONE = "none"


def bus_host(release: str) -> str:
    """The Service by which the bundled NATS is found."""
    return f"{release}-{NATS.title}"


@dataclass(frozen=True)
class SecretKey:
    """One key of a Secret in the workspace's namespace."""

    name: str
    key: str


@dataclass(frozen=True)
class Bus:
    """How the services of one workspace find each other."""

    nats: Nats
    secret: SecretKey | None = None
    """Where an external NATS's URL is."""
    monolith_prefix: bool = False
    """Whether the monolith's transporter begins with `monolith+`."""

    def environment(self, service: Service, release: str) -> list[dict[str, Any]]:
        """The variables by which `service` finds the bus, as a container's `env` holds them."""
        if self.nats is Nats.NONE or service is NATS:
            return []
        prefix = "monolith+" if self.monolith_prefix and service is ROCKETCHAT else ""
        if self.secret is None:
            return [
                {"name": TRANSPORTER, "value": f"{prefix}nats://{bus_host(release)}:{NATS.port}"}
            ]
        source = {"secretKeyRef": {"name": self.secret.name, "key": self.secret.key}}
        if not prefix:
            return [{"name": TRANSPORTER, "valueFrom": source}]
        # Kubernetes puts the one variable into the other, so the URL stays in its Secret.
        return [
            {"name": URL_VARIABLE, "valueFrom": source},
            {"name": TRANSPORTER, "value": f"{prefix}$({URL_VARIABLE})"},
        ]

    def values(self) -> dict[str, Any]:
        """The chart's values for `nats`, less its replicas."""
        values: dict[str, Any] = {"enabled": self.nats is Nats.BUNDLED}
        if self.secret is not None:
            values["existingSecret"] = {"name": self.secret.name, "key": self.secret.key}
        return values

    def connect(
        self,
        objects: Iterable[KubernetesObject],
        services: Iterable[Service],
        release: str,
    ) -> None:
        """Gives each workload in `objects` its transporter.

        The chart's values know one transporter for all, and these objects one for each.
        """
        objects = list(objects)
        for service in services:
            one = workload(objects, service, release)
            held = container(one, service.container) if one else None
            wanted = self.environment(service, release)
            if held is None or not wanted:
                continue
            env = held.setdefault("env", [])
            names = {each["name"] for each in wanted}
            at = next((i for i, each in enumerate(env) if each["name"] in names), len(env))
            rest = [each for each in env if each["name"] not in names]
            held["env"] = [*rest[:at], *wanted, *rest[at:]]
