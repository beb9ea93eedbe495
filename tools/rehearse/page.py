"""Outcomes as an HTML page in one file, which loads nothing from elsewhere."""

from collections.abc import Iterator, Sequence
from html import escape

from tools.html_page import html_list, html_page, html_table
from tools.rehearse.observe import RESOURCES
from tools.rehearse.outcome import Outcome
from tools.rehearse.plots import nodes_plot, people_plot, service_plot
from tools.rehearse.table import SERVICE_COLUMNS, fullest_nodes, notes_of, service_rows
from tools.report import ExitCode

_CLASSES = {ExitCode.NO_CHANGES: "", ExitCode.CHANGES: "good", ExitCode.RISKS: "bad"}
_TITLES = {"cpu": "CPU", "memory": "Memory"}
_STYLE = """<style>
figure{margin:0}svg{display:block;width:100%;height:auto}
figcaption{font-weight:600;margin:.4rem 0}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:0 0 .8rem;font-size:.85rem}
.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.35em}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,28rem),1fr));gap:1rem}
</style>"""


def render_page(outcomes: Sequence[Outcome], stack: str) -> str:
    """Returns the page on the rehearsal of one stack, with a section for each scenario."""
    title = f"Rehearsal of stack {stack}"
    sections = (part for outcome in outcomes for part in _scenario(outcome))
    notes = html_list(notes_of(outcomes), "soft")
    parts = [f"<h1>{escape(title)}</h1>", *sections, notes]
    return html_page(title, parts, head=_STYLE)


def _scenario(outcome: Outcome) -> Iterator[str]:
    scenario = outcome.scenario
    yield f"<h2>{escape(scenario[0].upper() + scenario[1:])}</h2>"
    yield f'<p class="verdict {_CLASSES[outcome.exit_code]}">{escape(outcome.verdict)}</p>'
    if outcome.exit_code is ExitCode.NO_CHANGES:
        return
    yield html_table(
        SERVICE_COLUMNS, [[(cell, "") for cell in row] for row in service_rows(outcome)]
    )
    samples = outcome.observation.samples
    yield '<div class="plots">'
    yield _figure("People", people_plot(samples))
    for name in outcome.changing_services:
        yield _figure(name, service_plot(name, samples))
    nodes = fullest_nodes(outcome)
    for resource in RESOURCES:
        plot = nodes_plot({name: full[resource] for name, full in nodes.items()})
        yield _figure(f"{_TITLES[resource]} of the fullest nodes", plot)
    yield "</div>"


def _figure(caption: str, plot: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{plot}</figure>"
