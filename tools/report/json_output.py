"""Reports as JSON."""

from dataclasses import asdict
from typing import Any

from tools.report.changes import ObjectChange
from tools.report.pods import InstanceRange
from tools.report.preview import Op
from tools.report.report import Report, combined_exit_code
from tools.report.services import ServiceChange
from tools.report.verdict import verdict


def to_json(reports: list[Report]) -> dict[str, Any]:
    """The same information as in the Markdown document, as JSON's own types."""
    return {
        "exitCode": int(combined_exit_code(reports)),
        "stacks": [_stack(report) for report in reports],
    }


def _stack(report: Report) -> dict[str, Any]:
    return {
        "stack": report.stack,
        "basis": {
            "kind": report.basis.kind.value,
            "base": report.basis.base or None,
            "commit": report.basis.commit or None,
            "remarks": list(report.basis.remarks),
        },
        "exitCode": int(report.exit_code),
        "verdict": verdict(report),
        **{op.value: report.count(op) for op in Op if op is not Op.SAME},
        "rollouts": report.rollouts,
        "instances": {
            "before": report.instances_before.minimum,
            "after": report.instances_after.minimum,
        },
        "impact": report.impact.value,
        "destructive": report.destructive,
        "services": [_service(service) for service in report.services],
        "risks": [
            {
                "kind": risk.kind.value,
                "description": risk.description.plain(),
                "remedy": risk.remedy,
                "objects": ["/".join(key) for key in risk.objects],
            }
            for risk in report.risks
        ],
        "rehearsal": report.rehearsal and dict(report.rehearsal.content),
        "notes": [note.plain() for note in report.notes],
        "objects": [_object(change) for change in report.changes],
        "warnings": list(report.preview.warnings),
        "errors": list(report.preview.errors),
        "refusals": [refusal._asdict() for refusal in report.refusals],
    }


def _service(change: ServiceChange) -> dict[str, Any]:
    return {
        "service": change.service.config_name,
        "release": change.release or None,
        "instances": {"before": _instances(change.before), "after": _instances(change.after)},
        "image": {"before": change.image_before or None, "after": change.image_after or None},
        "restarts": list(change.restarts),
        "impact": change.impact.value,
        "sockets": asdict(change.sockets) if change.sockets else None,
    }


def _instances(instances: InstanceRange) -> dict[str, int]:
    return {"min": instances.minimum, "max": instances.maximum}


def _object(change: ObjectChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "namespace": change.namespace or None,
        "name": change.name,
        "operation": change.op.value,
        "paths": sorted(change.step.paths),
        "replaceReasons": change.replace_reasons,
        "labelsOnly": change.labels_only,
        "diff": change.diff,
    }
