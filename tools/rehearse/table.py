"""The outcome as a table in the terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tools.rehearse.outcome import Outcome
from tools.report import ExitCode

MAX_NODES = 20
"""How many nodes are shown, the fullest at the peak first."""
_STYLES = {
    ExitCode.NO_CHANGES: "bold",
    ExitCode.CHANGES: "bold green",
    ExitCode.RISKS: "bold red",
}


def render(outcome: Outcome) -> RenderableType:
    """Returns the verdict, the services over time, and the nodes."""
    return Group(
        Text(outcome.verdict, style=_STYLES[outcome.exit_code]),
        "",
        _services(outcome),
        _people(outcome),
        "",
        _nodes(outcome),
        *(Text(note, style="dim") for note in outcome.notes),
    )


def _services(outcome: Outcome) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("service")
    for column in ("before", "desired", "ready", "least ready", "most Pending", "short, s"):
        table.add_column(column, justify="right")
    samples = outcome.observation.samples
    short = outcome.short_seconds
    for name, last in samples[-1].services.items():
        counts = [sample.services[name] for sample in samples if name in sample.services]
        before = samples[0].services.get(name)
        table.add_row(
            name,
            str(before.ready if before else 0),
            str(last.desired),
            str(last.ready),
            str(min(count.ready for count in counts)),
            str(max(count.pending for count in counts)),
            f"{short.get(name, 0):.0f}",
        )
    return table


def _people(outcome: Outcome) -> Text:
    samples = outcome.observation.samples
    least = min(sample.served for sample in samples)
    return Text(
        f"People who can be served: {samples[0].served:,} before, {least:,} at least,"
        f" {samples[-1].served:,} after. {outcome.observation.last.disconnected:,} disconnected."
    )


def _nodes(outcome: Outcome) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("node")
    for resource in ("CPU", "memory"):
        for time in ("before", "peak", "after"):
            table.add_column(f"{resource} {time}", justify="right")
    fullest = sorted(
        outcome.nodes.items(), key=lambda item: -max(full.peak for full in item[1].values())
    )
    for name, resources in fullest[:MAX_NODES]:
        percents = (
            f"{percent} %"
            for full in resources.values()
            for percent in (full.before, full.peak, full.after)
        )
        table.add_row(name, *percents)
    if len(fullest) > MAX_NODES:
        table.add_row(f"and {len(fullest) - MAX_NODES} more")
    return table
