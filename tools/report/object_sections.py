"""The changed objects in the Markdown document."""

from collections.abc import Iterator
from dataclasses import dataclass

from components.kube.objects import nested_map
from tools.report.changes import CHART_LABEL, ObjectChange, ObjectKey
from tools.report.escape import code_block, details, html_code, inline_code, one_line
from tools.report.pods import desired_instances, restart_reasons, rollout_keeps_serving
from tools.report.preview import Op, Properties, to_string
from tools.report.report import Report
from tools.report.sentences import enumeration, is_plain_words, plural
from tools.report.services import Impact, ServiceChange
from tools.report.truncate import Priority, Section
from tools.report.workload_pairs import WORKLOAD_KINDS

_MAX_NAMES = 10
"""How many objects are named in one line; the others are counted."""
_MAX_LABELS = 3


@dataclass(frozen=True)
class _ObjectEntry:
    """A changed object as the document shows it."""

    change: ObjectChange
    priority: Priority
    restarts: list[str]


def object_sections(report: Report) -> Iterator[Section]:
    """A section for each object, most important first; objects with changed labels share one."""
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
        reasons = [
            reason if is_plain_words(reason) else html_code(reason) for reason in entry.restarts
        ]
        facts.append(f"pods restart: {enumeration(reasons)}")
    marks = {Priority.RISKY_OBJECT: "🛑 ", Priority.DOWNTIME: "🟡 "}
    # Without a diff the engine knows of changes outside the program, such as manual ones.
    diff = change.diff or "\n".join(f"@@ {one_line(path)} @@" for path in sorted(change.step.paths))
    return details(
        f"{marks.get(entry.priority, '')}<b>{html_code(change.kind_and_name)}</b>"
        f" {', '.join(facts)}",
        code_block(diff, "diff"),
    )


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
