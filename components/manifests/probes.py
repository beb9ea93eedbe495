"""Startup, liveness and readiness probes."""

from typing import Any, Literal

from semver import Version

from components.inputs.service_args import ProbesArgs
from components.kube.objects import KubernetesObject, set_env
from components.services import ROCKETCHAT, Service

LASTING_PROBES = ("livenessProbe", "readinessProbe")
"""The probes that go on for as long as a container runs."""
_FIELDS: dict[Literal["period_seconds", "timeout_seconds", "failure_threshold"], str] = {
    "period_seconds": "periodSeconds",
    "timeout_seconds": "timeoutSeconds",
    "failure_threshold": "failureThreshold",
}
LIVEZ_SINCE = Version(7, 11, 0)
"""The first Rocket.Chat with `/livez` and `/readyz`, which deprecates the monolith's `/health`.

Rocket.Chat pull 36955. The chart still uses `/health` (RocketChat/helm-charts issue 205).
"""


def set_probes(container: KubernetesObject, service: Service, version: Version | None) -> None:
    """Sets the probes of a service's main container.

    Args:
        container: The container that does the service's work.
        service: The monolith gets HTTP probes; services with a `health` path their own; others
            keep what they have.
        version: Rocket.Chat's; None where the tag doesn't say, which is treated as recent.
    """
    if service is ROCKETCHAT:
        container.update(_monolith_probes(version))
    elif service.health is not None:
        # Images may change their default port.
        set_env(container, "PORT", str(service.port))
        ports = container.setdefault("ports", [])
        if all(port["containerPort"] != service.port for port in ports):
            ports.append({"name": "http", "containerPort": service.port, "protocol": "TCP"})
        container.update(_dedicated_probes(service.port, service.health))


def adjust_probes(container: KubernetesObject, given: ProbesArgs) -> None:
    """Applies a service's own times to its probes, or takes them off."""
    if not given.get("enabled", True):
        for name in ("startupProbe", *LASTING_PROBES):
            container.pop(name, None)
        return
    for name in LASTING_PROBES:
        if name in container:
            times = {field: given[key] for key, field in _FIELDS.items() if key in given}
            container[name] = {**container[name], **times}
    if "startup_seconds" in given and "startupProbe" in container:
        period = container["startupProbe"].get("periodSeconds", 10)
        container["startupProbe"] = {
            **container["startupProbe"],
            "failureThreshold": -(-given["startup_seconds"] // period),
        }


def _monolith_probes(version: Version | None) -> dict[str, Any]:
    """Probes that survive a slow MongoDB and a long first start.

    Liveness tolerates two minutes, as `/livez` may query MongoDB (Rocket.Chat pull 39070 changes
    that). The startup probe allows ten minutes for a first start, which migrates the database; the
    chart's liveness probe alone would end it after 105 s.
    """
    has_livez = version is None or version >= LIVEZ_SINCE
    alive, ready = ("/livez", "/readyz") if has_livez else ("/health", "/health")
    return {
        "startupProbe": _http_probe(alive, "http", period=10, failures=60),
        "livenessProbe": _http_probe(alive, "http", period=15, failures=8),
        "readinessProbe": _http_probe(ready, "http", period=10, failures=3),
    }


def _dedicated_probes(port: int, health: str) -> dict[str, Any]:
    """Probes of a dedicated service.

    Liveness is by TCP only: `/health` includes NATS, whose hiccup must not restart every service.
    """
    tcp = {"tcpSocket": {"port": port}}
    return {
        "startupProbe": {**tcp, "periodSeconds": 5, "failureThreshold": 24},
        "livenessProbe": {**tcp, "periodSeconds": 15, "failureThreshold": 4},
        "readinessProbe": _http_probe(health, port, period=5, failures=3),
    }


def _http_probe(path: str, port: str | int, *, period: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 5,
    }
