"""The report as a table for a terminal."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tools.status.report import Report, ServiceStatus
from tools.status.words import age, asked_for, headline


def render(report: Report) -> RenderableType:
    """The report, the verdict first."""
    parts: list[RenderableType] = [
        Text.from_markup(
            f"[bold]{escape(report.title)}[/] · {escape(report.namespace)} on"
            f" {escape(report.cluster)}",
        ),
        Text(headline(report), style="bold green" if report.runs else "bold red"),
        *(Text(f"  {each}", style="red") for each in report.troubles),
        Text(),
        _services(report),
        Text(),
        _instances(report),
    ]
    if report.nats:
        parts += [Text(), _nats(report)]
    if report.addresses:
        parts += [Text(), _addresses(report)]
    if report.workspace is not None:
        parts += [Text(), _workspace(report)]
    if report.notes:
        parts += [Text(), *(Text(each, style="yellow") for each in report.notes)]
    return Group(*parts)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _services(report: Report) -> Table:
    table = _table("service", "asked for", "ready", "updated", "restarts", "version")
    for one in report.services:
        style = "red" if one.trouble else "green"
        cells = (
            one.service,
            asked_for(one),
            str(one.ready),
            str(one.updated),
            str(one.restarts),
            one.version,
        )
        table.add_row(*(Text(cell, style=style if i == 2 else "") for i, cell in enumerate(cells)))  # noqa: PLR2004 - ready
    return table


def _instances(report: Report) -> Table:
    asked = any(each.workspace for one in report.services for each in one.instances)
    columns = ["pod", "node", "zone", "address", "age", "restarts", "version", "state"]
    table = _table(*columns, *(["workspace"] if asked else []))
    for one in report.services:
        for row in _rows(one):
            table.add_row(*row[: None if asked else -1])
    return table


def _rows(one: ServiceStatus) -> list[list[Text]]:
    return [
        [
            Text(each.pod),
            Text(each.node or "-"),
            Text(each.zone or "-"),
            Text(each.address or "-"),
            Text(age(each.age_seconds)),
            Text(str(each.restarts)),
            Text(each.version),
            Text("ready", style="green") if each.ready else Text(each.trouble, style="red"),
            Text(each.workspace, style="" if each.workspace == "connected" else "yellow"),
        ]
        for each in one.instances
    ]


def _nats(report: Report) -> Table:
    table = _table("NATS server", "routes to", "")
    for one in report.nats:
        style = "red" if one.reachable else "yellow"
        table.add_row(one.server, Text(", ".join(one.routes)), Text(one.trouble, style=style))
    return table


def _addresses(report: Report) -> Table:
    table = _table("public address", "")
    styles = {True: "green", False: "red", None: "yellow"}
    for one in report.addresses:
        table.add_row(Text(one.url), Text(one.words, style=styles[one.answers]))
    return table


def _workspace(report: Report) -> Table:
    table = _table("the workspace's own list", "address", "connected", "pod")
    for one in report.workspace or []:
        cells = (one.name, one.address, "yes" if one.connected else "no", one.pod or "-")
        table.add_row(*map(Text, cells))
    return table
