"""Reports -> one Markdown document."""

from collections import Counter
from collections.abc import Iterator

from tools.report.changes import CHART_LABEL, Change, mapping, metadata, text
from tools.report.mermaid import picture
from tools.report.pods import NONE, Rollout, instances, reasons, rollout
from tools.report.preview import Op, State
from tools.report.report import Report
from tools.report.services import WORKLOADS, Notice, Row
from tools.report.truncate import Section, Worth, within
from tools.report.verdict import sign, verdict
from tools.report.words import code, fenced, html_code, listed, many, one_line, wrapped

LIMIT = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
MARKER = "<!-- rocketchat-preview -->"
"""The first line of every document, by which its comment is found again."""

MOST_NAMED = 10
"""Objects that are named in one line; more are counted."""

_WORDS = {
    "object": ("object", "objects"),
    "stop": ("thing to stop for", "things to stop for"),
    "note": ("note", "notes"),
    "error": ("error", "errors"),
    "table": ("table", "tables"),
    "picture": ("picture", "pictures"),
    "warnings": ("list of warnings", "lists of warnings"),
}


def document(reports: list[Report], limit: int | None = LIMIT) -> str:
    """The whole document for these stacks, below `limit` characters; None stands for no limit."""
    sections = [Section(MARKER)]
    several = len(reports) > 1
    if several:
        sections += _overview(reports)
    one_basis = len({report.basis for report in reports}) == 1
    if several and one_basis:
        sections.append(Section(_basis(reports[0])))
    for report in reports:
        # The overview has said all there is to say of a stack that doesn't change.
        if not several or report.changes or report.failed or not one_basis:
            sections += _stack(report, with_basis=not (several and one_basis))
    return within(sections, limit, _left_out)


def _left_out(_stack: str, missing: Counter[str]) -> str:
    words = [many(number, *_WORDS[what]) for what, number in sorted(missing.items())]
    total = sum(missing.values())
    return (
        f"**{listed(words)} {'is' if total == 1 else 'are'} left out here**, the safest first, to"
        " keep to the length that a comment can have. The complete report is in the run's summary"
        " or artifact, or comes with `--full FILE`."
    )


def _overview(reports: list[Report]) -> Iterator[Section]:
    lines = [
        f"## Preview of {len(reports)} stacks",
        "",
        "| stack | | what changes |",
        "|---|---|---|",
    ]
    lines += [f"| {code(one.stack)} | {sign(one)} | {verdict(one)} |" for one in reports]
    yield Section("\n".join(lines))


def _basis(report: Report) -> str:
    return f"<sub>{report.basis.sentence().markdown()}</sub>"


def _stack(report: Report, *, with_basis: bool) -> Iterator[Section]:
    for section in _sections(report, with_basis=with_basis):
        yield Section(section.text, section.worth, section.what, report.stack)


def _sections(report: Report, *, with_basis: bool) -> Iterator[Section]:
    yield Section(f"## {code(report.stack)}")
    yield Section(f"{sign(report)} **{verdict(report)}**")
    if with_basis:
        yield Section(_basis(report))
    if report.failed:
        yield from _errors(report)
    elif report.changes:
        yield from _decisions(report)
        yield from _objects(report)
        drawn = picture(report)
        if drawn:
            yield Section(f"#### After the change\n\n{drawn}", Worth.PICTURE, "picture")


def _errors(report: Report) -> Iterator[Section]:
    yield Section(
        "It stopped before it knew all that would change, so nothing of it is told here."
        " Nothing can be deployed until it goes through.",
    )
    for message in report.preview.errors:
        yield Section(fenced(wrapped(message), "text"), Worth.ERROR, "error")
    for one in report.refused:
        field = f"{code(one.field)} can't be changed like that. " if one.field else ""
        yield Section(f"**Way out:** {field}{one.way_out}", Worth.ERROR, "error")
    yield from _warnings(report)


def _decisions(report: Report) -> Iterator[Section]:
    if report.rows:
        yield Section(_table(report), Worth.TABLE, "table")
    if report.stops:
        yield Section(f"#### Stop for {'this' if len(report.stops) == 1 else 'these'}")
        for stop in report.stops:
            yield Section(
                f"- **{stop.kind.value.capitalize()}:** {stop.what.markdown()}<br/>"
                f"_{stop.way_out}_",
                Worth.STOP,
                "stop",
            )
    if report.notes:
        yield Section("#### Worth knowing")
        for note in report.notes:
            yield Section(f"- {note.markdown()}", Worth.NOTE, "note")
    yield from _warnings(report)


def _warnings(report: Report) -> Iterator[Section]:
    warnings = report.preview.warnings
    if warnings:
        summary = many(len(warnings), "warning")
        yield Section(
            _fold(f"{summary} of the program", fenced(wrapped("\n".join(warnings)), "text")),
            Worth.NOTE,
            "warnings",
        )


def _table(report: Report) -> str:
    names = len({row.release for row in report.rows if row.release}) > 1
    lines = [
        "| service | instances | image | pods restart | people notice |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(row, named=names) for row in report.rows]
    return "\n".join(lines)


def _row(row: Row, *, named: bool) -> str:
    name = row.service.kebab_name + (f" of {code(row.release)}" if named else "")
    restarts = "no"
    if row.restarts:
        restarts = f"yes: {listed([_own(one) for one in row.restarts])}"
    elif row.before == NONE:
        restarts = "new"
    elif row.after == NONE:
        restarts = "gone"
    why = f" ({row.why})" if row.why else ""
    notice = f"**{row.notice.value}**" if row.notice is Notice.DOWNTIME else row.notice.value
    cells = (
        f"**{name}**" if row.changed else name,
        _arrow(str(row.before), str(row.after)),
        _image(row),
        restarts,
        f"{notice}{why}",
    )
    return f"| {' | '.join(cells)} |"


def _own(reason: str) -> str:
    """A reason: a word of ours, or the name of a field that has none."""
    return reason if reason.replace(" ", "").isalpha() else code(reason)


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → **{after}**"


def _image(row: Row) -> str:
    if row.image_before == row.image_after:
        return code(_short(row.image_after)) if row.image_after else "as before"
    if not row.image_before or not row.image_after:
        return code(_short(row.image_before or row.image_after))
    before, after = row.image_before, row.image_after
    repository, _, tag = after.rpartition(":")
    # Only what differs: most often the tag.
    if before.rpartition(":")[0] == repository and "/" not in tag:
        return f"{code(_short(before))} → **{code(tag)}**"
    return f"{code(before)} → **{code(after)}**"


def _short(image: str) -> str:
    """`rocket.chat:8.6.1` of `registry.rocket.chat/rocketchat/rocket.chat:8.6.1`."""
    return image.rpartition("/")[2]


def _objects(report: Report) -> Iterator[Section]:
    rows = {row.key: row for row in report.rows}
    secrets = {change.name for change in report.changes if change.kind == "Secret"}
    stopped = {key for stop in report.stops for key in stop.objects}
    loud: list[tuple[Worth, Change, list[str]]] = []
    quiet: list[tuple[Change, list[str]]] = []
    for change in report.changes:
        restarts = _restarts(change, secrets)
        if change.noise:
            quiet.append((change, restarts))
            continue
        row = rows.get(change.key)
        loud.append((_worth(change, restarts, row, stopped), change, restarts))
    loud.sort(key=lambda one: (-one[0], one[1].kind not in WORKLOADS, one[1].key))
    if loud:
        order = ", the risky ones first" if len(loud) > 1 else ""
        yield Section(f"#### {many(len(loud), 'object')}{order}")
    for worth, change, restarts in loud:
        yield Section(_object(change, restarts, worth), worth, "object")
    if quiet:
        yield Section(_quiet(quiet, more="more " if loud else ""), Worth.NOTE, "note")


def _restarts(change: Change, secrets: set[str]) -> list[str]:
    if change.kind not in WORKLOADS or change.op is not Op.UPDATE:
        return []
    return reasons(change.old, change.new, secrets)


def _worth(
    change: Change,
    restarts: list[str],
    row: Row | None,
    stopped: set[tuple[str, str, str]],
) -> Worth:
    if change.key in stopped or change.op is Op.REPLACE:
        return Worth.RISK
    if row is not None and row.notice is Notice.DOWNTIME:
        return Worth.DOWNTIME
    if restarts:
        number = instances(change.new, None).least
        stops = rollout({**change.new, "kind": change.kind}, number) is Rollout.STOPPED
        return Worth.DOWNTIME if stops and row is not None else Worth.ROLLOUT
    if change.op is Op.DELETE:
        return Worth.REMOVED
    return Worth.ADDED if change.op is Op.CREATE else Worth.CHANGED


def _object(change: Change, restarts: list[str], worth: Worth) -> str:
    said = [change.op.value]
    if change.namespace and change.op in (Op.CREATE, Op.DELETE):
        said = [f"{change.op.value} in {html_code(change.namespace)}"]
    if change.op is Op.DELETE and change.step.retained:
        said.append("from the stack only: it stays on the cluster")
    if restarts:
        known = [one if one.replace(" ", "").isalpha() else html_code(one) for one in restarts]
        said.append(f"pods restart: {listed(known)}")
    mark = "🛑 " if worth is Worth.RISK else "🟡 " if worth is Worth.DOWNTIME else ""
    # What the engine sees and the program didn't write, such as a change made by hand.
    told = change.text or "\n".join(f"@@ {one_line(path)} @@" for path in sorted(change.step.paths))
    return _fold(
        f"{mark}<b>{html_code(change.title)}</b> {', '.join(said)}",
        fenced(told, "diff"),
    )


def _fold(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _quiet(told: list[tuple[Change, list[str]]], more: str) -> str:
    labels = sorted(
        {
            (_label(change.old), _label(change.new))
            for change, _ in told
            if _label(change.old) != _label(change.new)
        },
    )
    shown = ", ".join(f"{code(before)} → {code(after)}" for before, after in labels[:3])
    count = many(len(told), f"{more}object changes", f"{more}objects change")
    line = f"{count} only in labels and checksums{f' ({shown})' if shown else ''}."
    restarted = [change.title for change, restarts in told if restarts]
    if not restarted:
        return line
    named = [code(title) for title in restarted[:MOST_NAMED]]
    if len(restarted) > MOST_NAMED:
        named.append(f"{len(restarted) - MOST_NAMED:,} more")
    return f"{line} That restarts the pods of {listed(named)}."


def _label(one: State) -> str:
    return text(mapping(metadata(one).get("labels")).get(CHART_LABEL))
