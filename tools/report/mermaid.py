"""A diagram of the workspace after the change, in Mermaid, with the changed parts marked."""

import re

from components.inputs.definitions import TRANSPORTER
from components.kube.images import ImageReference
from components.kube.objects import find_env, nested_map
from components.manifests.endpoints import EDGE_KINDS, hosts_of, paths_to
from components.services import NATS, ROCKETCHAT
from tools.report.changes import ObjectChange, object_changes
from tools.report.escape import code_block
from tools.report.pods import NO_INSTANCES, main_container
from tools.report.preview import Op, to_string
from tools.report.report import Report
from tools.report.services import ServiceChange

_SAFE_LABEL = re.compile(r"[A-Za-z0-9._-]{1,80}", re.ASCII)
"""Names that Mermaid can't take for syntax; others are left out."""
MULTIPLIED_BY = "\u00d7"
_STYLES = (
    "classDef changed stroke:#d29922,stroke-width:3px",
    "classDef added stroke:#2da44e,stroke-width:3px",
)


def diagram(report: Report) -> str:
    """The diagram as a code block; empty if no workspace remains.

    If a stack has several workspaces, only the first is drawn.
    """
    running = [service for service in report.services if service.after != NO_INSTANCES]
    releases = [service.release for service in running if service.service is ROCKETCHAT]
    if not releases:
        return ""
    services = [service for service in running if service.release == releases[0]]
    objects = [change for change in object_changes(report.preview) if change.op is not Op.DELETE]
    lines = [
        "flowchart LR",
        *_services(services),
        *_entry_points(services, objects),
        *_storage(objects),
        *_STYLES,
    ]
    return code_block("\n  ".join(lines), "mermaid")


def _services(services: list[ServiceChange]) -> list[str]:
    nodes = [_node(service) for service in services if service.service is not NATS]
    nats = [_node(service) for service in services if service.service is NATS]
    if not nats and any(map(_uses_nats, services)):
        nats = ['nats[("external NATS")]']
    return [
        'subgraph chat["Rocket.Chat"]',
        *(f"  {node}" for node in nodes),
        "end",
        *nats,
        *(["chat --- nats"] if nats else []),
        "chat --> mongodb",
    ]


def _node(change: ServiceChange) -> str:
    label = f"{change.service.kebab_name} {MULTIPLIED_BY} {change.after}"
    if change.before == NO_INSTANCES:
        return f'{change.service.name}["{label}<br/>added"]:::added'
    if not change.changed:
        return f'{change.service.name}["{label}"]'
    if change.before != change.after:
        label += f", was {change.before}"
    before, after = (
        _safe(ImageReference.parse(image).tag)
        for image in (change.image_before, change.image_after)
    )
    if before and after and before != after:
        label += f"<br/>{before} → {after}"
    elif change.restarts:
        label += "<br/>restarts"
    return f'{change.service.name}["{label}"]:::changed'


def _entry_points(services: list[ServiceChange], objects: list[ObjectChange]) -> list[str]:
    """How users reach the workspace."""
    ingress = next((change for change in objects if change.kind in EDGE_KINDS), None)
    if ingress is None:
        return ['users(["users"])', "users --> rocketchat"]
    hosts = hosts_of([ingress.latest])
    host = _safe(to_string(hosts[0])) if hosts else ""
    label = f"{ingress.kind}<br/>{host}" if host else ingress.kind
    paths = paths_to(ingress.latest)
    routed = [change.service for change in services if change.service.public_path in paths]
    return [
        'users(["users"])',
        f'ingress["{label}"]{_style(ingress)}',
        "users --> ingress",
        "ingress --> rocketchat",
        *(f"ingress -->|{service.public_path}| {service.name}" for service in routed),
    ]


def _storage(objects: list[ObjectChange]) -> list[str]:
    claim = next((change for change in objects if change.kind == "PersistentVolumeClaim"), None)
    mongodb = 'mongodb[("MongoDB")]'
    if claim is None:
        return [mongodb]
    requests = nested_map(claim.latest, "spec", "resources", "requests")
    size = _safe(to_string(requests.get("storage")))
    label = f"uploads<br/>{size}" if size else "uploads"
    return [mongodb, f'uploads[("{label}")]{_style(claim)}', "rocketchat --> uploads"]


def _style(change: ObjectChange) -> str:
    if change.op is Op.CREATE:
        return ":::added"
    return ":::changed" if change.op is not Op.SAME and not change.labels_only else ""


def _uses_nats(change: ServiceChange) -> bool:
    container = main_container(change.new or {}, change.service.container)
    return find_env(container, TRANSPORTER) is not None


def _safe(name: str) -> str:
    return name if _SAFE_LABEL.fullmatch(name) else ""
