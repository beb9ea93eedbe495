"""The report as an HTML page in one file, which loads nothing from elsewhere."""

from collections.abc import Iterable
from html import escape

from tools.html_page import Cell, html_list, html_page, html_table
from tools.status.formatting import format_age, format_desired, format_people, headline
from tools.status.report import Instance, Report

_STYLE = """<style>
.people{display:grid;grid-template-columns:max-content 1fr max-content;gap:.3rem .9rem;
align-items:center}
.people progress{width:100%;height:.8rem;accent-color:var(--good)}
.people progress.bad{accent-color:var(--bad)}
.dots th,.dots td{border:0}
.dot{display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin:.1rem;
background:var(--good)}
.dot.bad{background:none;border:.2rem solid var(--bad)}
@media(max-width:46rem){
.people{grid-template-columns:1fr max-content}.people>:nth-child(3n+1){grid-column:1/-1}
.dots{display:table}.dots tbody{display:table-row-group}.dots tr{display:table-row}
.dots th,.dots td{display:table-cell;padding:.2rem .6rem .2rem 0}
.dots td:not(:first-child)::before{content:none}
}
</style>"""


def render_page(report: Report, refresh_seconds: int | None = None) -> str:
    """Returns the page; with `refresh_seconds` it reloads itself that often."""
    refresh = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    place = f"{escape(report.namespace)} on {escape(report.cluster)}"
    verdict = "good" if report.healthy else "bad"
    parts = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="soft">{place} · {escape(report.observed_at)}</p>',
        f'<p class="verdict {verdict}">{escape(headline(report))}</p>',
        html_list(report.problems, "bad"),
        html_list(report.notes, "warn"),
        *_people(report),
        *_zones(report),
        *_services(report),
        *_nats(report),
        *_addresses(report),
        *_workspace(report),
    ]
    return html_page(f"{report.title}: {_state(report)}", parts, head=_STYLE + refresh)


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
    yield html_table(
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
    yield html_table(
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
        yield html_table(
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
        yield html_table(
            ("address", "answer"),
            [
                [(address.url, ""), (address.message, classes[address.answers])]
                for address in report.addresses
            ],
        )


def _workspace(report: Report) -> Iterable[str]:
    if report.workspace is not None:
        yield "<h2>The workspace's own list</h2>"
        yield html_table(
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
