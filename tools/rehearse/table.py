"""The outcome as a table in the terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tools.rehearse.outcome import Fullness, Outcome, format_seconds
from tools.report import ExitCode

MAX_NODES = 20
"""How many nodes are shown, the fullest at the peak first."""
SERVICE_COLUMNS = (
    "service",
    "before",
    "desired",
    "ready",
    "least ready",
    "most Pending",
    "short, s",
)
_STYLES = {
    ExitCode.NO_CHANGES: "bold",
    ExitCode.CHANGES: "bold green",
    ExitCode.RISKS: "bold red",
}


def render(outcomes: Sequence[Outcome]) -> RenderableType:
    """Returns of each scenario the verdict, the services over time, and the nodes."""
    scenarios = [part for outcome in outcomes for part in _scenario(outcome)]
    return Group(*scenarios, *(Text(note, style="dim") for note in notes_of(outcomes)))


def notes_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Returns the notes on all scenarios, each once."""
    return list(dict.fromkeys(note for outcome in outcomes for note in outcome.notes))


def _scenario(outcome: Outcome) -> Iterator[RenderableType]:
    scenario = f"{outcome.scenario[0].upper()}{outcome.scenario[1:]}: "
    yield Text.assemble((scenario, "bold"), (outcome.verdict, _STYLES[outcome.exit_code]))
    yield ""
    yield _services(outcome)
    yield _people(outcome)
    yield ""
    yield _nodes(outcome)
    yield ""


def service_rows(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """Yields the cells of each service, in the order of `SERVICE_COLUMNS`."""
    samples = outcome.observation.samples
    short = outcome.short_seconds
    for name, last in samples[-1].services.items():
        counts = [sample.services[name] for sample in samples if name in sample.services]
        before = samples[0].services.get(name)
        yield (
            name,
            str(before.ready if before else 0),
            str(last.desired),
            str(last.ready),
            str(min(count.ready for count in counts)),
            str(max(count.pending for count in counts)),
            format_seconds(short.get(name, 0)),
        )


def fullest_nodes(outcome: Outcome) -> dict[str, Mapping[str, Fullness]]:
    """Returns how full the fullest `MAX_NODES` are by name and resource, the fullest first."""
    by_peak = sorted(
        outcome.nodes.items(), key=lambda item: -max(full.peak for full in item[1].values())
    )
    return dict(by_peak[:MAX_NODES])


def _services(outcome: Outcome) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in SERVICE_COLUMNS:
        table.add_column(column, justify="left" if column == "service" else "right")
    for row in service_rows(outcome):
        table.add_row(*row)
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
    for name, resources in fullest_nodes(outcome).items():
        percents = (
            f"{percent} %"
            for full in resources.values()
            for percent in (full.before, full.peak, full.after)
        )
        table.add_row(name, *percents)
    if len(outcome.nodes) > MAX_NODES:
        table.add_row(f"and {len(outcome.nodes) - MAX_NODES} more")
    return table
