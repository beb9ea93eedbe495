"""What the preview of one stack means: the content of a report, before it is formatted."""

from dataclasses import dataclass, replace
from enum import Enum, IntEnum

from tools.report.changes import ObjectChange, object_changes
from tools.report.notes import find_notes
from tools.report.pods import NO_INSTANCES, InstanceRange, pod_template
from tools.report.preview import Op, Preview
from tools.report.rehearsal import Rehearsal
from tools.report.remedies import Refusal, find_refusal
from tools.report.risks import (
    DESTRUCTIVE_KINDS,
    IRREPLACEABLE_KINDS,
    Risk,
    by_severity,
    find_risks,
    is_destructive_deletion,
)
from tools.report.sentences import Sentence, concat, plural, sentence
from tools.report.services import Impact, ServiceChange, service_changes
from tools.report.sockets import Sockets
from tools.report.workload_pairs import WORKLOAD_KINDS


class ExitCode(IntEnum):
    """The exit codes of commands that make reports."""

    NO_CHANGES = 0
    ERROR = 1
    CHANGES = 2
    RISKS = 3


class BasisKind(Enum):
    """What a preview was made against."""

    REAL = "real"
    SIMULATED = "simulated"
    FILE = "file"


@dataclass(frozen=True)
class Basis:
    """What a preview was made against, as a reader of the report has to know."""

    kind: BasisKind
    base: str = ""
    """The revision that runs on the simulated cluster."""
    commit: str = ""
    """The commit of that revision."""
    remarks: tuple[str, ...] = ()
    """Sentences that limit what the preview shows."""

    def sentence(self) -> Sentence:
        """The basis as a sentence, followed by the remarks."""
        return concat(self._kind_sentence(), *(sentence(f" {remark}") for remark in self.remarks))

    def _kind_sentence(self) -> Sentence:
        if self.kind is BasisKind.REAL:
            return sentence("Based on the real stack, according to Pulumi's state.")
        if self.kind is BasisKind.FILE:
            return sentence("Based on a preview file.")
        if not self.base:
            return sentence("Based on a simulated cluster. The real stack may differ.")
        if self.base == self.commit:
            return sentence(
                "Based on a simulated cluster that runs {}. The real stack may differ.", self.base
            )
        return sentence(
            "Based on a simulated cluster that runs {} ({}). The real stack may differ.",
            self.base,
            self.commit,
        )


FILE = Basis(BasisKind.FILE)


@dataclass(frozen=True)
class Report:
    """What the preview of one stack means."""

    preview: Preview
    basis: Basis
    changes: tuple[ObjectChange, ...]
    """The objects that change."""
    services: tuple[ServiceChange, ...]
    """All services, including those that don't change."""
    risks: tuple[Risk, ...]
    notes: tuple[Sentence, ...]
    refusals: tuple[Refusal, ...]
    """Changes that the cluster refuses, if that is why the preview failed."""
    rehearsal: Rehearsal | None = None
    """The change as it was played on a twin of the cluster."""

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.preview.stack

    @property
    def failed(self) -> bool:
        """Whether the preview failed."""
        return bool(self.preview.errors)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a command that reports this stack only."""
        if self.failed:
            return ExitCode.ERROR
        if not self.changes:
            return ExitCode.NO_CHANGES
        return ExitCode.RISKS if self.risks else ExitCode.CHANGES

    def count(self, op: Op) -> int:
        """The number of objects that an operation applies to."""
        return sum(change.op is op for change in self.changes)

    @property
    def rollouts(self) -> int:
        """The number of workloads whose pods are replaced."""
        others = [
            change
            for change in self.changes
            if change.kind in WORKLOAD_KINDS
            and change.op is Op.UPDATE
            and pod_template(change.old) != pod_template(change.new)
            and not any(service.new is change.new for service in self.services)
        ]
        return sum(service.rolls for service in self.services) + len(others)

    @property
    def instances_before(self) -> InstanceRange:
        """The number of instances of all services before."""
        return sum((service.before for service in self.services), NO_INSTANCES)

    @property
    def instances_after(self) -> InstanceRange:
        """The number of instances of all services after."""
        return sum((service.after for service in self.services), NO_INSTANCES)

    @property
    def impact(self) -> Impact:
        """The greatest impact of all services."""
        order = list(Impact)
        impacts = (service.impact for service in self.services)
        return max(impacts, key=order.index, default=Impact.NONE)

    @property
    def destructive(self) -> list[str]:
        """What is destroyed, as in `1 replacement` and `1 Secret removed`."""
        replacements = self.count(Op.REPLACE)
        deleted = [change.kind for change in self.changes if is_destructive_deletion(change)]
        return [
            *([plural(replacements, "replacement")] if replacements else []),
            *(
                f"{plural(deleted.count(kind), kind)} removed"
                for kind in IRREPLACEABLE_KINDS
                if kind in deleted
            ),
            *(
                risk.kind.value
                for risk in self.risks
                if risk.kind in DESTRUCTIVE_KINDS and not risk.objects
            ),
        ]


def build_report(preview: Preview, basis: Basis = FILE, seen: Sockets | None = None) -> Report:
    """The report on a preview.

    Args:
        preview: The preview.
        basis: What it was made against.
        seen: The sockets that are open now, if they were counted.
    """
    objects = object_changes(preview)
    services = service_changes(preview, objects, seen)
    changes = tuple(change for change in objects if change.op is not Op.SAME)
    refusals = map(find_refusal, preview.errors)
    return Report(
        preview=preview,
        basis=basis,
        changes=changes,
        services=tuple(services),
        risks=tuple(find_risks(preview, objects, services)) if changes else (),
        notes=tuple(find_notes(preview, objects, services)) if changes else (),
        refusals=tuple(refusal for refusal in refusals if refusal is not None),
    )


def add_rehearsal(report: Report, rehearsal: Rehearsal) -> Report:
    """Returns a report with a rehearsal, and with the risks that it showed."""
    risks = by_severity([*report.risks, *rehearsal.risks])
    return replace(report, rehearsal=rehearsal, risks=tuple(risks))


def combined_exit_code(reports: list[Report]) -> ExitCode:
    """The exit code for several stacks: an error goes before risks, and those before changes."""
    codes = {report.exit_code for report in reports}
    for code in (ExitCode.ERROR, ExitCode.RISKS, ExitCode.CHANGES):
        if code in codes:
            return code
    return ExitCode.NO_CHANGES
