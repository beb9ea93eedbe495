"""One stack's preview, understood: what the report says, before it is written."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from tools.report.changes import Change, changes_of
from tools.report.pods import NONE, Instances, template
from tools.report.preview import Op, Preview
from tools.report.remedies import Refused, refused
from tools.report.risks import DESTRUCTIVE, KEPT_WHOLE, Stop, notes_of, stops_of
from tools.report.services import WORKLOADS, Notice, Row, rows_of
from tools.report.words import Sentence, joined, many, say


class Code(IntEnum):
    """What commands that make reports exit with."""

    NOTHING = 0
    ERROR = 1
    CHANGES = 2
    STOP = 3


class Kind(Enum):
    """What a preview was made against."""

    REAL = "real"
    SIMULATED = "simulated"
    GIVEN = "given"


@dataclass(frozen=True)
class Basis:
    """What a preview was made against, and what that is worth."""

    kind: Kind
    base: str = ""
    """The revision that runs on the simulated cluster."""
    commit: str = ""
    remarks: tuple[str, ...] = ()
    """What else there is to know of it, in sentences."""

    def sentence(self) -> Sentence:
        """For the reader of the report."""
        return joined(self._what(), *(say(f" {remark}") for remark in self.remarks))

    def _what(self) -> Sentence:
        if self.kind is Kind.REAL:
            return say("Basis: the real stack, as Pulumi's state has it.")
        if self.kind is Kind.GIVEN:
            return say("Basis: the preview that was given.")
        if not self.base:
            return say("Basis: a simulated cluster. The real stack may differ.")
        if self.base == self.commit:
            return say(
                "Basis: a simulated cluster that runs {}. The real stack may differ.", self.base
            )
        return say(
            "Basis: a simulated cluster that runs {} ({}). The real stack may differ.",
            self.base,
            self.commit,
        )


GIVEN = Basis(Kind.GIVEN)


@dataclass(frozen=True)
class Report:
    """What one stack's preview means."""

    preview: Preview
    basis: Basis
    changes: tuple[Change, ...]
    """The objects that change."""
    rows: tuple[Row, ...]
    stops: tuple[Stop, ...]
    notes: tuple[Sentence, ...]
    refused: tuple[Refused, ...]
    """Fields that the cluster refuses to change, where that is why the preview failed."""

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.preview.stack

    @property
    def failed(self) -> bool:
        """Whether there was no whole preview."""
        return bool(self.preview.errors)

    @property
    def code(self) -> Code:
        """What a command that reports this alone exits with."""
        if self.failed:
            return Code.ERROR
        if not self.changes:
            return Code.NOTHING
        return Code.STOP if self.stops else Code.CHANGES

    def number(self, op: Op) -> int:
        """How many objects something happens to."""
        return sum(change.op is op for change in self.changes)

    @property
    def rollouts(self) -> int:
        """How many workloads exchange their pods."""
        others = [
            change
            for change in self.changes
            if change.kind in WORKLOADS
            and change.op is Op.UPDATE
            and template(change.old) != template(change.new)
            and not any(row.new is change.new for row in self.rows)
        ]
        return sum(row.rolls for row in self.rows) + len(others)

    @property
    def before(self) -> Instances:
        """How many instances ran."""
        return sum((row.before for row in self.rows), NONE)

    @property
    def after(self) -> Instances:
        """How many instances will run."""
        return sum((row.after for row in self.rows), NONE)

    @property
    def notice(self) -> Notice:
        """The most that a person using the chat notices of it."""
        order = list(Notice)
        return max((row.notice for row in self.rows), key=order.index, default=Notice.NOTHING)

    @property
    def destructive(self) -> list[str]:
        """What is destroyed, in words."""
        replaced = self.number(Op.REPLACE)
        kinds = [
            change.kind
            for change in self.changes
            if change.op is Op.DELETE and change.kind in KEPT_WHOLE and not change.step.retained
        ]
        return [
            *([many(replaced, "replacement")] if replaced else []),
            *(f"{many(kinds.count(kind), kind)} removed" for kind in KEPT_WHOLE if kind in kinds),
            *(
                stop.kind.value
                for stop in self.stops
                if stop.kind in DESTRUCTIVE and not stop.objects
            ),
        ]


def understand(preview: Preview, basis: Basis = GIVEN) -> Report:
    """What a preview means."""
    every = changes_of(preview)
    rows = rows_of(preview, every)
    changed = tuple(change for change in every if change.op is not Op.SAME)
    told = (refused(message) for message in preview.errors)
    return Report(
        preview=preview,
        basis=basis,
        changes=changed,
        rows=tuple(rows),
        stops=tuple(stops_of(preview, every, rows)) if changed else (),
        notes=tuple(notes_of(preview, every, rows)) if changed else (),
        refused=tuple(one for one in told if one is not None),
    )


def code_of(reports: list[Report]) -> Code:
    """What a command that reports these exits with: an error before a stop before a change."""
    codes = {report.code for report in reports}
    for code in (Code.ERROR, Code.STOP, Code.CHANGES):
        if code in codes:
            return code
    return Code.NOTHING
