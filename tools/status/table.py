"""The report as tables for a terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tools.status.formatting import format_age, format_desired, format_people, headline
from tools.status.report import Report, ServiceStatus

Row = Iterable[Text | str]
_BAR_WIDTH = 30


def render(report: Report) -> RenderableType:
    """Returns the report, the verdict first."""
    parts: list[RenderableType] = [
        Text.from_markup(
            f"[bold]{escape(report.title)}[/] · {escape(report.namespace)} on"
            f" {escape(report.cluster)}",
        ),
        Text(headline(report), style="bold green" if report.healthy else "bold red"),
        *(Text(f"  {problem}", style="red") for problem in report.problems),
        Text(),
        _services(report),
        Text(),
        _instances(report),
    ]
    if report.people:
        style = "bold red" if report.people.problem else "bold"
        parts += [Text(), Text(format_people(report.people), style=style), _people(report)]
    if report.nats:
        parts += [Text(), _nats(report)]
    if report.addresses:
        parts += [Text(), _addresses(report)]
    if report.workspace is not None:
        parts += [Text(), _workspace(report)]
    if report.notes:
        parts += [Text(), *(Text(note, style="yellow") for note in report.notes)]
    return Group(*parts)


def _table(columns: Iterable[str], rows: Iterable[Row]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # A string would be parsed as markup.
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return table


def _services(report: Report) -> Table:
    return _table(
        ("service", "desired", "ready", "updated", "restarts", "version"),
        [
            (
                service.service,
                format_desired(service),
                Text(str(service.ready), style="red" if service.problem else "green"),
                str(service.updated),
                str(service.restarts),
                service.version,
            )
            for service in report.services
        ],
    )


def _instances(report: Report) -> Table:
    columns = ["pod", "node", "zone", "address", "age", "restarts", "version", "state", "workspace"]
    rows = [row for service in report.services for row in _instance_rows(service)]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return _table(columns, rows)


def _instance_rows(service: ServiceStatus) -> list[list[Text | str]]:
    return [
        [
            instance.pod,
            instance.node or "-",
            instance.zone or "-",
            instance.address or "-",
            format_age(instance.age_seconds),
            str(instance.restarts),
            instance.version,
            Text("ready", style="green") if instance.ready else Text(instance.problem, style="red"),
            Text(instance.workspace, style="" if instance.workspace == "connected" else "yellow"),
        ]
        for instance in service.instances
    ]


def _people(report: Report) -> Table:
    planned = report.people.per_instance if report.people else 0
    return _table(
        ("ddp-streamer", "people", f"of {planned}"),
        [
            (
                instance.pod,
                str(instance.people),
                Text(
                    "█" * max(1, round(min(instance.people / planned, 1) * _BAR_WIDTH))
                    if instance.people
                    else "",
                    style="red" if instance.people > planned else "green",
                ),
            )
            for service in report.services
            for instance in service.instances
            if instance.people is not None
        ],
    )


def _nats(report: Report) -> Table:
    return _table(
        ("NATS server", "routes to", ""),
        [
            (
                server.server,
                ", ".join(server.routes),
                Text(server.problem, style="red" if server.reachable else "yellow"),
            )
            for server in report.nats
        ],
    )


def _addresses(report: Report) -> Table:
    styles = {True: "green", False: "red", None: "yellow"}
    return _table(
        ("public address", ""),
        [
            (address.url, Text(address.message, style=styles[address.answers]))
            for address in report.addresses
        ],
    )


def _workspace(report: Report) -> Table:
    return _table(
        ("the workspace's own list", "address", "connected", "pod"),
        [
            (
                instance.name,
                instance.address,
                "yes" if instance.connected else "no",
                instance.pod or "-",
            )
            for instance in report.workspace or []
        ],
    )
