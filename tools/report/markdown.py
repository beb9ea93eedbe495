"""Reports as one Markdown document, such as a comment on a pull request."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tools.report.escape import code_block, details, inline_code, wrap
from tools.report.mermaid import diagram
from tools.report.object_sections import object_sections
from tools.report.rehearsal import timeline
from tools.report.report import Report
from tools.report.sentences import enumeration, plural
from tools.report.service_table import service_table
from tools.report.truncate import Priority, Section, truncate
from tools.report.verdict import icon, verdict

DEFAULT_LIMIT = 60_000
"""Characters; a comment on GitHub can have 65,536."""
COMMENT_MARKER = "<!-- rocketchat-preview -->"
"""The first line of every document, by which a workflow finds its own comment."""
_PLURALS = {
    "object": "objects",
    "risk": "risks",
    "note": "notes",
    "error": "errors",
    "table": "tables",
    "diagram": "diagrams",
    "rehearsal": "rehearsals",
    "list of warnings": "lists of warnings",
}
"""What sections are counted as when they are omitted."""


def to_markdown(reports: list[Report], limit: int | None = DEFAULT_LIMIT) -> str:
    """The document on these stacks, of at most `limit` characters; None for no limit."""
    sections = [Section(COMMENT_MARKER)]
    several = len(reports) > 1
    same_basis = len({report.basis for report in reports}) == 1
    if several:
        sections += _overview(reports)
        if same_basis:
            sections.append(Section(_basis(reports[0])))
    for report in reports:
        # The overview says everything about a stack without changes.
        if not several or report.changes or report.failed or not same_basis:
            with_basis = not (several and same_basis)
            sections += [
                replace(section, stack=report.stack)
                for section in _stack(report, with_basis=with_basis)
            ]
    return truncate(sections, limit, _describe_omitted)


def _describe_omitted(nouns: Counter[str]) -> str:
    counts = [plural(number, noun, _PLURALS[noun]) for noun, number in sorted(nouns.items())]
    verb = "is" if nouns.total() == 1 else "are"
    return (
        f"**{enumeration(counts)} {verb} omitted**, the least important first, because a comment"
        " can't be longer. The complete report is in the summary or the artifact of the workflow"
        " run; `--full FILE` writes it to a file."
    )


def _overview(reports: list[Report]) -> Iterator[Section]:
    lines = [
        f"## Preview of {len(reports)} stacks",
        "",
        "| stack | | changes |",
        "|---|---|---|",
    ]
    lines += [
        f"| {inline_code(report.stack)} | {icon(report)} | {verdict(report)} |"
        for report in reports
    ]
    yield Section("\n".join(lines))


def _basis(report: Report) -> str:
    return f"<sub>{report.basis.sentence().markdown()}</sub>"


def _stack(report: Report, *, with_basis: bool) -> Iterator[Section]:
    yield Section(f"## {inline_code(report.stack)}")
    yield Section(f"{icon(report)} **{verdict(report)}**")
    if with_basis:
        yield Section(_basis(report))
    if report.failed:
        yield from _errors(report)
        yield from _warnings(report)
    elif report.changes:
        if report.services:
            yield Section(service_table(report), Priority.TABLE, "table")
        yield from _risks(report)
        yield from _rehearsal(report)
        yield from _notes(report)
        yield from _warnings(report)
        yield from object_sections(report)
        if drawn := diagram(report):
            yield Section(f"#### After the change\n\n{drawn}", Priority.DIAGRAM, "diagram")


def _errors(report: Report) -> Iterator[Section]:
    yield Section(
        "The preview stopped before it was complete, so no changes are shown. Nothing can be"
        " deployed until it succeeds.",
    )
    for message in report.preview.errors:
        yield Section(code_block(wrap(message), "text"), Priority.ERROR, "error")
    for refusal in report.refusals:
        field = (
            f"{inline_code(refusal.field)} can't be changed like that. " if refusal.field else ""
        )
        yield Section(f"**Remedy:** {field}{refusal.remedy}", Priority.ERROR, "error")


def _risks(report: Report) -> Iterator[Section]:
    if report.risks:
        yield Section("#### Risks")
    for risk in report.risks:
        yield Section(
            f"- **{risk.kind.value.capitalize()}:** {risk.description.markdown()}<br/>"
            f"_{risk.remedy}_",
            Priority.RISK,
            "risk",
        )


def _rehearsal(report: Report) -> Iterator[Section]:
    if report.rehearsal is not None:
        yield Section("#### Rehearsal")
        for scenario in report.rehearsal.scenarios:
            said = code_block(wrap(f"{scenario.name}: {scenario.verdict}"), "text")
            yield Section(said, Priority.NOTE, "rehearsal")
            if drawn := timeline(scenario):
                yield Section(drawn, Priority.DIAGRAM, "diagram")


def _notes(report: Report) -> Iterator[Section]:
    if report.notes:
        yield Section("#### Notes")
    for note in report.notes:
        yield Section(f"- {note.markdown()}", Priority.NOTE, "note")


def _warnings(report: Report) -> Iterator[Section]:
    warnings = report.preview.warnings
    if warnings:
        text = code_block(wrap("\n".join(warnings)), "text")
        yield Section(
            details(plural(len(warnings), "warning"), text), Priority.NOTE, "list of warnings"
        )
