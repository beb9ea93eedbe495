"""The report as an HTML page in one file, which loads nothing from elsewhere."""

from collections.abc import Iterable
from html import escape

from tools.html_page import Cell, html_list, html_page, html_table
from tools.status.formatting import format_age, format_desired, headline
from tools.status.report import Instance, Report


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
        *_services(report),
        *_nats(report),
        *_addresses(report),
        *_workspace(report),
    ]
    return html_page(f"{report.title}: {_state(report)}", parts, head=refresh)


def _state(report: Report) -> str:
    if not report.healthy:
        return "problems"
    return "paused" if report.paused else "runs"


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
