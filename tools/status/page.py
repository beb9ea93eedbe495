"""The report as an HTML page in one file, which loads nothing from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

from tools.status.formatting import format_age, format_desired, format_people, headline
from tools.status.report import Instance, Report

_STYLE = """
:root{color-scheme:light dark;--bad:#b3261e;--good:#1b7a3d;--warn:#8a5a00;--line:#8883;--soft:#777}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#7bd88f;--warn:#ffcc66;--soft:#aaa}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem;
overflow-wrap:anywhere}
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
p{margin:.2rem 0}.soft{color:var(--soft)}
.bad{color:var(--bad)}.good{color:var(--good)}.warn{color:var(--warn)}
.verdict{font-weight:600;font-size:1.1rem;margin:.7rem 0 .2rem}
ul{margin:.3rem 0;padding-left:1.2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-weight:600;white-space:nowrap}
td:first-child{font-weight:600}
.people{display:grid;grid-template-columns:max-content 1fr max-content;gap:.3rem .9rem;
align-items:center}
.people progress{width:100%;height:.8rem;accent-color:var(--good)}
.people progress.bad{accent-color:var(--bad)}
.dots th,.dots td{border:0}
.dot{display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin:.1rem;
background:var(--good)}
.dot.bad{background:none;border:.2rem solid var(--bad)}
@media(max-width:46rem){
thead{display:none}table,tbody,tr,td{display:block;width:100%}
tr{border-bottom:1px solid var(--line);padding:.5rem 0}
td{border:0;padding:.05rem 0;display:flex;gap:1rem;justify-content:space-between}
td:empty{display:none}
td:not(:first-child)::before{content:attr(data-column);color:var(--soft);flex:none}
td>span{text-align:right}td:first-child>span{text-align:left}
.people{grid-template-columns:1fr max-content}.people>:nth-child(3n+1){grid-column:1/-1}
.dots{display:table}.dots tbody{display:table-row-group}.dots tr{display:table-row}
.dots th,.dots td{display:table-cell;padding:.2rem .6rem .2rem 0}
.dots td:not(:first-child)::before{content:none}
}
"""

Cell = tuple[str, str]
"""A cell's text and its CSS class."""


def render_page(report: Report, refresh_seconds: int | None = None) -> str:
    """Returns the page; with `refresh_seconds` it reloads itself that often."""
    refresh = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    place = f"{escape(report.namespace)} on {escape(report.cluster)}"
    verdict = "good" if report.healthy else "bad"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8">{refresh}',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(report.title)}: {_state(report)}</title>",
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="soft">{place} · {escape(report.observed_at)}</p>',
        f'<p class="verdict {verdict}">{escape(headline(report))}</p>',
        _list(report.problems, "bad"),
        _list(report.notes, "warn"),
        *_people(report),
        *_zones(report),
        *_services(report),
        *_nats(report),
        *_addresses(report),
        *_workspace(report),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _state(report: Report) -> str:
    if not report.healthy:
        return "problems"
    return "paused" if report.paused else "runs"


def _people(report: Report) -> Iterable[str]:
    people = report.people
    if people is None:
        return
    css_class = "bad" if people.problem else ""
    yield "<h2>People</h2>"
    yield f'<p class="{css_class}">{escape(format_people(people))}</p><div class="people">'
    for service in report.services:
        for instance in service.instances:
            if instance.people is not None:
                bad = "bad" if instance.people > people.per_instance else ""
                pod = escape(instance.pod)
                count = f"{instance.people} of {people.per_instance}"
                yield (
                    f'<span>{pod}</span><progress class="{bad}" max="{people.per_instance}"'
                    f' value="{min(instance.people, people.per_instance)}" aria-label="{pod}">'
                    f'</progress><span class="{bad}">{count}</span>'
                )
    yield "</div>"


def _zones(report: Report) -> Iterable[str]:
    """A grid of services by zone, with a dot for each pod."""
    instances = [instance for service in report.services for instance in service.instances]
    zones = sorted({instance.zone for instance in instances})
    if not any(zones):
        return
    yield '<h2>Zones</h2><table class="dots"><tr><th></th>'
    yield "".join(f"<th>{escape(zone or 'no zone')}</th>" for zone in zones) + "</tr>"
    for service in report.services:
        cells = "".join(
            f'<td data-column="{escape(zone or "no zone")}"><span>'
            + "".join(_dot(item) for item in service.instances if item.zone == zone)
            + "</span></td>"
            for zone in zones
        )
        yield f"<tr><td><span>{escape(service.service)}</span></td>{cells}</tr>"
    yield "</table>"


def _dot(instance: Instance) -> str:
    state = "ready" if instance.ready else instance.problem
    label = escape(f"{instance.pod}: {state}")
    css_class = "dot" if instance.ready else "dot bad"
    return f'<i class="{css_class}" role="img" title="{label}" aria-label="{label}"></i>'


def _services(report: Report) -> Iterable[str]:
    yield "<h2>Services</h2>"
    yield _table(
        ("service", "desired", "ready", "updated", "restarts", "version"),
        [
            [
                (service.service, ""),
                (format_desired(service), ""),
                (str(service.ready), "bad" if service.problem else "good"),
                (str(service.updated), ""),
                (str(service.restarts), ""),
                (service.version, ""),
            ]
            for service in report.services
        ],
    )
    yield "<h2>Instances</h2>"
    yield _table(
        ("pod", "node", "zone", "address", "age", "restarts", "version", "state", "workspace"),
        [_instance(instance) for service in report.services for instance in service.instances],
    )


def _instance(instance: Instance) -> list[Cell]:
    return [
        (instance.pod, ""),
        (instance.node, ""),
        (instance.zone, ""),
        (instance.address, ""),
        (format_age(instance.age_seconds), ""),
        (str(instance.restarts), ""),
        (instance.version, ""),
        ("ready", "good") if instance.ready else (instance.problem, "bad"),
        (instance.workspace, "good" if instance.workspace == "connected" else "warn"),
    ]


def _nats(report: Report) -> Iterable[str]:
    if report.nats:
        yield "<h2>NATS</h2>"
        yield _table(
            ("server", "routes to", "problem"),
            [
                [
                    (server.server, ""),
                    (", ".join(server.routes), ""),
                    (server.problem, "bad" if server.reachable else "warn"),
                ]
                for server in report.nats
            ],
        )


def _addresses(report: Report) -> Iterable[str]:
    if report.addresses:
        yield "<h2>Public addresses</h2>"
        classes = {True: "good", False: "bad", None: "warn"}
        yield _table(
            ("address", "answer"),
            [
                [(address.url, ""), (address.message, classes[address.answers])]
                for address in report.addresses
            ],
        )


def _workspace(report: Report) -> Iterable[str]:
    if report.workspace is not None:
        yield "<h2>The workspace's own list</h2>"
        yield _table(
            ("instance", "address", "connected", "pod"),
            [
                [
                    (instance.name, ""),
                    (instance.address, ""),
                    ("yes", "good") if instance.connected else ("no", "warn"),
                    (instance.pod, ""),
                ]
                for instance in report.workspace
            ],
        )


def _list(lines: Sequence[str], css_class: str) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="{css_class}">{items}</ul>' if items else ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table without its empty columns.

    On a phone each row becomes a block, whose cells show the names of their columns.
    """
    shown = [i for i in range(len(columns)) if any(row[i][0] for row in rows)]
    head = "".join(f"<th>{escape(columns[i])}</th>" for i in shown)
    body = "".join(
        "<tr>" + "".join(_cell(columns[i], *row[i]) for i in shown) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(column: str, text: str, css_class: str) -> str:
    if not text:
        return "<td></td>"
    attribute = f' class="{css_class}"' if css_class else ""
    return f'<td data-column="{escape(column)}"><span{attribute}>{escape(text)}</span></td>'
