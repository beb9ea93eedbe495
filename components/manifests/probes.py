"""How Kubernetes tells whether a service works: which probes, for which versions."""

from typing import Any

from semver import Version

from components.kube.objects import KubernetesObject, set_env
from components.services import ROCKETCHAT, Service

LIVEZ_SINCE = Version(7, 11, 0)
"""Rocket.Chat has `/livez` and `/readyz` from here on, and deprecates the monolith's `/health`."""


def set_probes(held: KubernetesObject, service: Service, version: Version | None) -> None:
    """Gives the container of `service` its probes, for that version of Rocket.Chat."""
    if service is ROCKETCHAT:
        held.update(_monolith(version))
    elif service.health is not None:
        # The image's default port isn't ours to rely on.
        set_env(held, "PORT", str(service.port))
        ports = held.setdefault("ports", [])
        if all(port["containerPort"] != service.port for port in ports):
            ports.append({"name": "http", "containerPort": service.port, "protocol": "TCP"})
        held.update(_dedicated(service.port, service.health))


def _monolith(version: Version | None) -> dict[str, Any]:
    """Liveness is lenient for two minutes: `/livez` may ask MongoDB (Rocket.Chat pull 39070).

    A first boot migrates the database and may take long; the startup probe gives it ten minutes,
    where the chart's liveness probe alone ends it after 105 s.
    """
    split = version is None or version >= LIVEZ_SINCE
    alive, ready = ("/livez", "/readyz") if split else ("/health", "/health")
    return {
        "startupProbe": _http(alive, "http", period=10, failures=60),
        "livenessProbe": _http(alive, "http", period=15, failures=8),
        "readinessProbe": _http(ready, "http", period=10, failures=3),
    }


def _dedicated(port: int, health: str) -> dict[str, Any]:
    """Liveness is by TCP only: `/health` asks the bus, whose hiccup must not restart them all."""
    connects = {"tcpSocket": {"port": port}}
    return {
        "startupProbe": {**connects, "periodSeconds": 5, "failureThreshold": 24},
        "livenessProbe": {**connects, "periodSeconds": 15, "failureThreshold": 4},
        "readinessProbe": _http(health, port, period=5, failures=3),
    }


def _http(path: str, port: str | int, *, period: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 5,
    }
