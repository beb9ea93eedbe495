"""A picture of the workspace after the change, in Mermaid, with what changes marked."""

import re

from components.inputs.table import TRANSPORTER
from components.services import NATS, ROCKETCHAT, Service
from tools.report.changes import Change, changes_of, mapping, maps, text
from tools.report.pods import NONE, main_container
from tools.report.preview import Op
from tools.report.report import Report
from tools.report.services import Row, tag_of
from tools.report.words import fenced

_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,80}", re.ASCII)
"""What Mermaid takes for nothing but text; anything else is left out."""

TIMES = "\u00d7"

_STYLES = (
    "classDef changed stroke:#d29922,stroke-width:3px",
    "classDef added stroke:#2da44e,stroke-width:3px",
)


def picture(report: Report) -> str:
    """The picture, between fences; empty where no workspace is left."""
    rows = [row for row in report.rows if row.after != NONE]
    if not any(row.service is ROCKETCHAT for row in rows):
        return ""
    release = next(row.release for row in rows if row.service is ROCKETCHAT)
    # A second workspace in the same stack would be a second picture.
    rows = [row for row in rows if row.release == release]
    alive = [change for change in changes_of(report.preview) if change.op is not Op.DELETE]
    lines = ["flowchart LR", *_services(rows), *_doors(rows, alive), *_stores(alive)]
    return fenced("\n  ".join([*lines, *_STYLES]), "mermaid")


def _services(rows: list[Row]) -> list[str]:
    inside = [_node(row) for row in rows if row.service is not NATS]
    bus = [_node(row) for row in rows if row.service is NATS]
    linked = any(_reads_bus(row) for row in rows)
    if not bus and linked:
        bus = ['nats[("NATS, elsewhere")]']
    lines = ['subgraph chat["Rocket.Chat"]', *(f"  {node}" for node in inside), "end", *bus]
    return [*lines, *(["chat --- nats"] if bus else []), "chat --> mongodb"]


def _node(row: Row) -> str:
    was = ""
    if row.before == NONE:
        was, mark = "<br/>added", ":::added"
    elif row.changed:
        was = f", was {row.before}" if row.before != row.after else ""
        mark = ":::changed"
    else:
        mark = ""
    label = f"{row.service.kebab_name} {TIMES} {row.after}{was}"
    before, after = _shown(tag_of(row.image_before)), _shown(tag_of(row.image_after))
    if before and after and before != after and row.before != NONE:
        label += f"<br/>{before} → {after}"
    elif mark == ":::changed" and row.restarts:
        label += "<br/>restarts"
    return f'{row.service.name}["{label}"]{mark}'


def _doors(rows: list[Row], alive: list[Change]) -> list[str]:
    """How people get in."""
    entries = [change for change in alive if change.kind == "Ingress"]
    lines = ['people(["people"])']
    if not entries:
        return [*lines, "people --> rocketchat"]
    first = entries[0]
    hosts = (text(one.get("host")) for one in maps(mapping(first.after.get("spec")).get("rules")))
    host = _shown(next(hosts, ""))
    label = f"Ingress<br/>{host}" if host else "Ingress"
    lines += [f'ingress["{label}"]{_mark(first)}', "people --> ingress", "ingress --> rocketchat"]
    paths = {
        text(path.get("path"))
        for one in maps(mapping(first.after.get("spec")).get("rules"))
        for path in maps(mapping(one.get("http")).get("paths"))
    }
    led = [row.service for row in rows if row.service.public_path in paths]
    return [*lines, *(f"ingress -->|{_path(service)}| {service.name}" for service in led)]


def _stores(alive: list[Change]) -> list[str]:
    lines = ['mongodb[("MongoDB")]']
    for change in alive:
        if change.kind == "PersistentVolumeClaim":
            resources = mapping(mapping(change.after.get("spec")).get("resources"))
            size = _shown(text(mapping(resources.get("requests")).get("storage")))
            lines.append(f'uploads[("uploads{f"<br/>{size}" if size else ""}")]{_mark(change)}')
            lines.append("rocketchat --> uploads")
            break
    return lines


def _mark(change: Change) -> str:
    if change.op is Op.CREATE:
        return ":::added"
    return ":::changed" if change.op is not Op.SAME and not change.noise else ""


def _reads_bus(row: Row) -> bool:
    env = maps(main_container(row.new or {}, row.service.container).get("env"))
    return any(one.get("name") == TRANSPORTER for one in env)


def _path(service: Service) -> str:
    return str(service.public_path)


def _shown(name: str) -> str:
    return name if _HARMLESS.fullmatch(name) else ""
