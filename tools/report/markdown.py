"""Reports as one Markdown document, such as a comment on a pull request."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from components.kube.images import ImageReference
from components.kube.objects import nested_map
from tools.report.changes import CHART_LABEL, ObjectChange, ObjectKey
from tools.report.escape import code_block, html_code, inline_code, one_line, wrap
from tools.report.mermaid import diagram
from tools.report.pods import (
    NO_INSTANCES,
    desired_instances,
    restart_reasons,
    rollout_keeps_serving,
)
from tools.report.preview import Op, Properties, to_string
from tools.report.report import Report
from tools.report.sentences import enumeration, plural
from tools.report.services import WORKLOAD_KINDS, Impact, ServiceChange
from tools.report.truncate import Priority, Section, truncate
from tools.report.verdict import icon, verdict

DEFAULT_LIMIT = 60_000
"""Characters; a comment on GitHub can have 65,536."""
COMMENT_MARKER = "<!-- rocketchat-preview -->"
"""The first line of every document, by which a workflow finds its own comment."""
_MAX_NAMES = 10
"""How many objects are named in one line; the others are counted."""
_MAX_LABELS = 3

_PLURALS = {
    "object": "objects",
    "risk": "risks",
    "note": "notes",
    "error": "errors",
    "table": "tables",
    "diagram": "diagrams",
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
            yield Section(_service_table(report), Priority.TABLE, "table")
        yield from _risks(report)
        yield from _notes(report)
        yield from _warnings(report)
        yield from _objects(report)
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
            _details(plural(len(warnings), "warning"), text), Priority.NOTE, "list of warnings"
        )


def _service_table(report: Report) -> str:
    releases = {service.release for service in report.services if service.release}
    lines = [
        "| service | instances | image | pods restart | user impact |",
        "|---|---|---|---|---|",
    ]
    lines += [_service_row(service, with_release=len(releases) > 1) for service in report.services]
    return "\n".join(lines)


def _service_row(change: ServiceChange, *, with_release: bool) -> str:
    name = change.service.kebab_name
    if with_release:
        name += f" of {inline_code(change.release)}"
    restarts = "no"
    if change.restarts:
        reasons = [
            reason if _is_words(reason) else inline_code(reason) for reason in change.restarts
        ]
        restarts = f"yes: {enumeration(reasons)}"
    elif change.before == NO_INSTANCES:
        restarts = "new"
    elif change.after == NO_INSTANCES:
        restarts = "removed"
    impact = change.impact.value
    if change.impact is Impact.DOWNTIME:
        impact = f"**{impact}**"
    if change.impact_reason:
        impact += f" ({change.impact_reason})"
    instances = str(change.after)
    if change.before != change.after:
        instances = f"{change.before} → **{change.after}**"
    cells = (f"**{name}**" if change.changed else name, instances, _image(change), restarts, impact)
    return f"| {' | '.join(cells)} |"


def _is_words(reason: str) -> bool:
    """Whether a reason for a restart is safe as it is, unlike the name of an unknown field."""
    return reason.replace(" ", "").isalpha()


def _image(change: ServiceChange) -> str:
    before, after = change.image_before, change.image_after
    if not before and not after:
        return "unchanged"
    if before == after or not before or not after:
        return inline_code(_without_repository(after or before))
    old, new = ImageReference.parse(before), ImageReference.parse(after)
    # Usually only the tag changes.
    if new.tag and not new.digest and old.repository == new.repository:
        return f"{inline_code(_without_repository(before))} → **{inline_code(new.tag)}**"
    return f"{inline_code(before)} → **{inline_code(after)}**"


def _without_repository(image: str) -> str:
    """`rocket.chat:8.6.1` of `registry.rocket.chat/rocketchat/rocket.chat:8.6.1`."""
    return image.rpartition("/")[2]


@dataclass(frozen=True)
class _ObjectEntry:
    """A changed object as the document shows it."""

    change: ObjectChange
    priority: Priority
    restarts: list[str]


def _objects(report: Report) -> Iterator[Section]:
    secrets = {change.name for change in report.changes if change.kind == "Secret"}
    services = {service.key: service for service in report.services}
    risky = {key for risk in report.risks for key in risk.objects}
    shown: list[_ObjectEntry] = []
    labels_only: list[_ObjectEntry] = []
    for change in report.changes:
        restarts = []
        if change.kind in WORKLOAD_KINDS and change.op is Op.UPDATE:
            restarts = restart_reasons(change.old, change.new, secrets)
        if change.labels_only:
            labels_only.append(_ObjectEntry(change, Priority.NOTE, restarts))
            continue
        priority = _priority(change, restarts, services.get(change.key), risky)
        shown.append(_ObjectEntry(change, priority, restarts))
    shown.sort(
        key=lambda entry: (
            -entry.priority,
            entry.change.kind not in WORKLOAD_KINDS,
            entry.change.key,
        )
    )
    if shown:
        order = ", riskiest first" if len(shown) > 1 else ""
        yield Section(f"#### {plural(len(shown), 'object')}{order}")
    for entry in shown:
        yield Section(_object(entry), entry.priority, "object")
    if labels_only:
        text = _describe_labels_only(labels_only, more="more " if shown else "")
        yield Section(text, Priority.NOTE, "note")


def _priority(
    change: ObjectChange,
    restarts: list[str],
    service: ServiceChange | None,
    risky: set[ObjectKey],
) -> Priority:
    if change.key in risky or change.op is Op.REPLACE:
        return Priority.RISKY_OBJECT
    if service is not None and service.impact is Impact.DOWNTIME:
        return Priority.DOWNTIME
    if restarts:
        instances = desired_instances(change.new, None).minimum
        keeps_serving = rollout_keeps_serving({**change.new, "kind": change.kind}, instances)
        return Priority.ROLLOUT if keeps_serving or service is None else Priority.DOWNTIME
    if change.op is Op.DELETE:
        return Priority.REMOVED_OBJECT
    return Priority.ADDED_OBJECT if change.op is Op.CREATE else Priority.CHANGED_OBJECT


def _object(entry: _ObjectEntry) -> str:
    change = entry.change
    facts = [change.op.value]
    if change.op is Op.DELETE and change.step.retained:
        facts = ["removed from the stack only, it stays on the cluster"]
    elif change.namespace and change.op in (Op.CREATE, Op.DELETE):
        preposition = "in" if change.op is Op.CREATE else "from"
        facts = [f"{change.op.value} {preposition} {html_code(change.namespace)}"]
    if entry.restarts:
        reasons = [reason if _is_words(reason) else html_code(reason) for reason in entry.restarts]
        facts.append(f"pods restart: {enumeration(reasons)}")
    marks = {Priority.RISKY_OBJECT: "🛑 ", Priority.DOWNTIME: "🟡 "}
    # Without a diff the engine knows of changes outside the program, such as manual ones.
    diff = change.diff or "\n".join(f"@@ {one_line(path)} @@" for path in sorted(change.step.paths))
    return _details(
        f"{marks.get(entry.priority, '')}<b>{html_code(change.kind_and_name)}</b>"
        f" {', '.join(facts)}",
        code_block(diff, "diff"),
    )


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _describe_labels_only(entries: list[_ObjectEntry], more: str) -> str:
    labels = sorted(
        {
            (_chart_label(entry.change.old), _chart_label(entry.change.new))
            for entry in entries
            if _chart_label(entry.change.old) != _chart_label(entry.change.new)
        },
    )
    shown = ", ".join(
        f"{inline_code(before)} → {inline_code(after)}" for before, after in labels[:_MAX_LABELS]
    )
    count = plural(len(entries), f"{more}object changes", f"{more}objects change")
    line = f"{count} only in labels and checksums{f' ({shown})' if shown else ''}."
    restarted = [entry.change.kind_and_name for entry in entries if entry.restarts]
    if not restarted:
        return line
    names = [inline_code(name) for name in restarted[:_MAX_NAMES]]
    if len(restarted) > _MAX_NAMES:
        names.append(f"{len(restarted) - _MAX_NAMES:,} more")
    return f"{line} This restarts the pods of {enumeration(names)}."


def _chart_label(obj: Properties) -> str:
    return to_string(nested_map(obj, "metadata", "labels").get(CHART_LABEL))
