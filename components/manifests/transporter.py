"""The transporter: how the containers of each service find NATS.

Rocket.Chat reads it from the environment variable `TRANSPORTER`. With `nats://…` the monolith
leaves the work of the dedicated services to them. With `monolith+nats://…` it also keeps doing that
work itself, which is the form for several monoliths without dedicated services.
"""

from collections.abc import Iterable
from typing import Any

from components.inputs.definitions import NATS_URL, TRANSPORTER
from components.inputs.spec import Nats, WorkspaceSpec
from components.kube.objects import KubernetesObject, find_container
from components.manifests.workloads import find_workload
from components.services import NATS, ROCKETCHAT, Service


def nats_host(release: str) -> str:
    """The name of the bundled NATS's Kubernetes Service."""
    return f"{release}-{NATS.kebab_name}"


def nats_url(release: str) -> str:
    """The URL of the bundled NATS."""
    return f"nats://{nats_host(release)}:{NATS.port}"


def transporter_env(spec: WorkspaceSpec, service: Service) -> list[dict[str, Any]]:
    """Returns the `env` entries by which the containers of `service` find NATS."""
    bus = spec.bus
    if bus.nats is Nats.NONE or service is NATS:
        return []
    prefix = "monolith+" if bus.monolith_prefix and service is ROCKETCHAT else ""
    if bus.secret is None:
        return [{"name": TRANSPORTER, "value": f"{prefix}{nats_url(spec.release)}"}]
    source = {"secretKeyRef": {"name": bus.secret.name, "key": bus.secret.key}}
    if not prefix:
        return [{"name": TRANSPORTER, "valueFrom": source}]
    # Kubernetes expands one variable in the other, so that the URL stays in its Secret.
    return [
        {"name": NATS_URL, "valueFrom": source},
        {"name": TRANSPORTER, "value": f"{prefix}$({NATS_URL})"},
    ]


def set_transporters(objects: Iterable[KubernetesObject], spec: WorkspaceSpec) -> None:
    """Sets the transporter of each service; the chart's values have one for all of them."""
    objects = list(objects)
    for service in spec.services:
        workload = find_workload(objects, service, spec.release)
        container = find_container(workload, service.container) if workload else None
        entries = transporter_env(spec, service)
        if container is not None and entries:
            _set_entries(container, entries)


def _set_entries(container: KubernetesObject, entries: list[dict[str, Any]]) -> None:
    """Puts `entries` where the first of their names is, as a variable can refer to earlier ones."""
    env = container.get("env", [])
    names = {entry["name"] for entry in entries}
    index = next((i for i, entry in enumerate(env) if entry["name"] in names), len(env))
    others = [entry for entry in env if entry["name"] not in names]
    container["env"] = [*others[:index], *entries, *others[index:]]
