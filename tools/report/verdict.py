"""A change summed up in one line."""

from tools.report.preview import Op
from tools.report.report import ExitCode, Report
from tools.report.sentences import enumeration, plural
from tools.report.services import Impact

_ICONS = {
    ExitCode.NO_CHANGES: "⚪",
    ExitCode.CHANGES: "🟢",
    ExitCode.RISKS: "🛑",
    ExitCode.ERROR: "❌",
}


def icon(report: Report) -> str:
    """An icon for the attention that a change needs."""
    if report.exit_code is ExitCode.CHANGES and report.impact is Impact.DOWNTIME:
        return "🟡"
    return _ICONS[report.exit_code]


def verdict(report: Report) -> str:
    """The change in one line, which contains nothing but numbers from the preview."""
    if report.failed:
        return "The preview failed."
    if not report.changes:
        return "No changes."
    parts = []
    if report.risks:
        parts.append(plural(len(report.risks), "risk"))
    counts = [
        f"{report.count(op):,} {op.value}"
        for op in (Op.UPDATE, Op.CREATE, Op.DELETE, Op.REPLACE)
        if report.count(op)
    ]
    parts.append(", ".join(counts))
    parts.append(plural(report.rollouts, "rollout") if report.rollouts else "no rollouts")
    parts.append(_instances(report))
    if report.impact is not Impact.NONE:
        parts.append(report.impact.value)
    destructive = report.destructive
    parts.append(
        f"destructive: {enumeration(destructive)}" if destructive else "nothing destructive"
    )
    return " · ".join(parts)


def _instances(report: Report) -> str:
    before, after = report.instances_before, report.instances_after
    if before != after:
        return f"{before} → {after} instances"
    return plural(after.minimum, "instance") if report.services else "no services"
