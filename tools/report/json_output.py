"""Reports -> the same facts for machines."""

from typing import Any

from tools.report.changes import Change
from tools.report.preview import Op
from tools.report.report import Report, code_of
from tools.report.services import Row
from tools.report.verdict import verdict


def facts(reports: list[Report]) -> dict[str, Any]:
    """What the document says, as JSON's own types."""
    return {"code": int(code_of(reports)), "stacks": [_stack(report) for report in reports]}


def _stack(report: Report) -> dict[str, Any]:
    return {
        "stack": report.stack,
        "basis": {
            "kind": report.basis.kind.value,
            "base": report.basis.base or None,
            "commit": report.basis.commit or None,
            "remarks": list(report.basis.remarks),
        },
        "code": int(report.code),
        "verdict": verdict(report),
        **{op.value: report.number(op) for op in Op if op is not Op.SAME},
        "rollouts": report.rollouts,
        "instances": {
            "before": report.before.least,
            "after": report.after.least,
        },
        "notice": report.notice.value,
        "destructive": report.destructive,
        "services": [_service(row) for row in report.rows],
        "stops": [
            {
                "kind": stop.kind.value,
                "what": stop.what.plain(),
                "wayOut": stop.way_out,
                "objects": ["/".join(key) for key in stop.objects],
            }
            for stop in report.stops
        ],
        "notes": [note.plain() for note in report.notes],
        "objects": [_object(change) for change in report.changes],
        "warnings": list(report.preview.warnings),
        "errors": list(report.preview.errors),
        "refused": [one._asdict() for one in report.refused],
    }


def _service(row: Row) -> dict[str, Any]:
    return {
        "service": row.service.config_name,
        "release": row.release or None,
        "instances": {
            "before": {"least": row.before.least, "most": row.before.most},
            "after": {"least": row.after.least, "most": row.after.most},
        },
        "image": {"before": row.image_before or None, "after": row.image_after or None},
        "restarts": list(row.restarts),
        "notice": row.notice.value,
    }


def _object(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "namespace": change.namespace or None,
        "name": change.name,
        "what": change.op.value,
        "paths": sorted(change.step.paths),
        "forcing": change.forcing,
        "labelsOnly": change.noise,
        "diff": change.text,
    }
