"""The transporter: how each workload finds NATS.

Rocket.Chat reads it from the environment variable `TRANSPORTER`. With `nats://…` the monolith
leaves the work of the dedicated services to them; with `monolith+nats://…` it keeps doing it as
well, which is also the form for several monoliths without dedicated services.
"""

from collections.abc import Iterable
from typing import Any

from components.inputs.spec import Nats, WorkspaceSpec
from components.inputs.table import NATS_URL, TRANSPORTER
from components.kube.objects import KubernetesObject, find_container
from components.manifests.workloads import find_workload
from components.services import NATS, ROCKETCHAT, Service


def nats_host(release: str) -> str:
    """The name of the bundled NATS's Service."""
    return f"{release}-{NATS.kebab_name}"


def nats_url(release: str) -> str:
    """The URL of the bundled NATS."""
    return f"nats://{nats_host(release)}:{NATS.port}"


def transporter_env(spec: WorkspaceSpec, service: Service) -> list[dict[str, Any]]:
    """The `env` entries by which the containers of `service` find NATS."""
    bus = spec.bus
    if bus.nats is Nats.NONE or service is NATS:
        return []
    prefix = "monolith+" if bus.monolith_prefix and service is ROCKETCHAT else ""
    if bus.secret is None:
        return [{"name": TRANSPORTER, "value": f"{prefix}{nats_url(spec.release)}"}]
    source = {"secretKeyRef": {"name": bus.secret.name, "key": bus.secret.key}}
    if not prefix:
        return [{"name": TRANSPORTER, "valueFrom": source}]
    # Kubernetes expands the one variable in the other, so the URL stays in its Secret.
    return [
        {"name": NATS_URL, "valueFrom": source},
        {"name": TRANSPORTER, "value": f"{prefix}$({NATS_URL})"},
    ]


def set_transporters(objects: Iterable[KubernetesObject], spec: WorkspaceSpec) -> None:
    """Gives each service's workload its transporter; the chart's values know one for all."""
    objects = list(objects)
    for service in spec.services:
        workload = find_workload(objects, service, spec.release)
        container = find_container(workload, service.container) if workload else None
        wanted = transporter_env(spec, service)
        if container is None or not wanted:
            continue
        env = container.setdefault("env", [])
        names = {entry["name"] for entry in wanted}
        at = next((i for i, entry in enumerate(env) if entry["name"] in names), len(env))
        rest = [entry for entry in env if entry["name"] not in names]
        container["env"] = [*rest[:at], *wanted, *rest[at:]]
