"""One line that says what a change comes to."""

from tools.report.preview import Op
from tools.report.report import Code, Report
from tools.report.services import Notice
from tools.report.words import listed, many

_SIGNS = {Code.NOTHING: "⚪", Code.CHANGES: "🟢", Code.STOP: "🛑", Code.ERROR: "❌"}


def sign(report: Report) -> str:
    """One character for how much attention a change needs."""
    if report.code is Code.CHANGES and report.notice is Notice.DOWNTIME:
        return "🟡"
    return _SIGNS[report.code]


def verdict(report: Report) -> str:
    """The verdict as text: nothing in it comes from the preview but numbers."""
    if report.failed:
        return "The preview failed."
    if not report.changes:
        return "No change."
    parts = []
    if report.stops:
        parts.append(many(len(report.stops), "thing to stop for", "things to stop for"))
    numbers = [
        f"{report.number(op):,} {op.value}"
        for op in (Op.UPDATE, Op.CREATE, Op.DELETE, Op.REPLACE)
        if report.number(op)
    ]
    parts.append(", ".join(numbers))
    parts.append(many(report.rollouts, "rollout") if report.rollouts else "no rollout")
    parts.append(_instances(report))
    if report.notice is not Notice.NOTHING:
        parts.append(report.notice.value)
    gone = report.destructive
    parts.append(f"destructive: {listed(gone)}" if gone else "nothing destructive")
    return " · ".join(parts)


def _instances(report: Report) -> str:
    if report.before == report.after:
        return many(report.after.least, "instance") if report.rows else "no service"
    return f"{report.before} → {report.after} instances"
