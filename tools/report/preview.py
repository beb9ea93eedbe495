"""A preview as Pulumi tells it -> steps.

Read are the document of `pulumi preview --json`, the stream of events that it prints with
`PULUMI_ENABLE_STREAMING_JSON_PREVIEW`, and the Automation API's events.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pulumi.automation.events import EngineEvent

from tools.report.errors import ReportError
from tools.report.mask import Mask, walk

State = Mapping[str, Any]

STACK_TYPE = "pulumi:pulumi:Stack"
_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
"""Colours in the engine's messages, as its own tags or as a terminal's."""
_CONSEQUENCE = re.compile(
    r"^preview failed$"
    r"|^an unhandled error occurred: .* exit status \d+$"
    r"|: the client connection is closing$",
)
"""What the engine says after it, or the program, has said what is wrong."""
_HALVES = re.compile(r"[\ud800-\udfff]")
"""Halves of characters: JSON can carry them, and UTF-8 can't."""


class Op(Enum):
    """What happens to one object."""

    SAME = "same"
    CREATE = "added"
    UPDATE = "changed"
    DELETE = "removed"
    REPLACE = "replaced"


_OPS = {
    "create": Op.CREATE,
    "import": Op.CREATE,
    "update": Op.UPDATE,
    "delete": Op.DELETE,
    # A replacement is told as one step or as its parts.
    "replace": Op.REPLACE,
    "create-replacement": Op.REPLACE,
    "delete-replaced": Op.REPLACE,
    "import-replacement": Op.REPLACE,
}


@dataclass(frozen=True)
class Step:
    """What happens to one resource."""

    op: Op
    urn: str
    type: str
    custom: bool = False
    """Whether something outside of Pulumi is behind it."""
    old: State = field(default_factory=dict)
    """Its inputs before; what the cluster says of it, where the inputs aren't known."""
    new: State = field(default_factory=dict)
    """Its inputs after."""
    outputs: State = field(default_factory=dict)
    """Its outputs before."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Property path -> `add`, `update` or `delete`, with `-replace` where it forces one."""
    retained: bool = False
    """Whether it stays on the cluster when it is removed from the stack."""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Preview:
    """What one stack's preview says, with every secret masked."""

    stack: str
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack's config, less the project's name before each key."""
    steps: tuple[Step, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def outputs(self) -> State:
        """The stack's outputs before the change."""
        return next((step.outputs for step in self.steps if step.type == STACK_TYPE), {})


def read(text: str, stack: str = "", secrets: Iterable[str] = ()) -> Preview:
    """The preview that a text holds: one JSON document, or events, one a line.

    `stack` names the stack where the preview doesn't, and `secrets` what is masked besides what the
    preview itself knows as secret. Raises `ReportError` for anything else than a preview.
    """
    try:
        documents = [json.loads(text)]
    except (ValueError, RecursionError):
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            documents = []
    if not documents or not all(isinstance(document, Mapping) for document in documents):
        raise ReportError("This isn't a preview. Give what `pulumi preview --json` printed.")
    try:
        if len(documents) == 1 and not _is_event(documents[0]):
            return _digest(documents[0], stack, secrets)
        return _events(documents, stack, secrets)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ReportError(
            "This isn't a preview as Pulumi writes it. Give what `pulumi preview --json` printed.",
        ) from error


def from_events(
    events: Iterable[EngineEvent],
    stack: str = "",
    secrets: Iterable[str] = (),
) -> Preview:
    """The preview that the Automation API's `on_event` told."""
    return _events([_plain_event(event) for event in events], stack, secrets)


def failed(stack: str, message: str, secrets: Iterable[str] = ()) -> Preview:
    """A preview of which there is nothing but the reason why it failed."""
    return Preview(stack, errors=(_message(message, Mask(secrets)),))


def _is_event(document: Mapping[str, Any]) -> bool:
    return "sequence" in document or any(key.endswith("Event") for key in document)


def _digest(document: Mapping[str, Any], stack: str, secrets: Iterable[str]) -> Preview:
    if not document.keys() & {"steps", "changeSummary", "diagnostics"}:
        raise ReportError(
            "This JSON has no steps of a preview. Give what `pulumi preview --json` printed.",
        )
    steps = [
        {
            "op": step.get("op"),
            "urn": step.get("urn"),
            "old": step.get("oldState"),
            "new": step.get("newState"),
            "paths": {
                path: _map(diff).get("kind")
                for path, diff in _map(step.get("detailedDiff")).items()
            },
            "keys": step.get("replaceReasons"),
        }
        for step in _maps(document.get("steps"))
    ]
    return _preview(
        steps,
        _map(document.get("config")),
        _maps(document.get("diagnostics")),
        stack,
        secrets,
    )


def _events(documents: list[Any], stack: str, secrets: Iterable[str]) -> Preview:
    steps, diagnostics = [], []
    config: Mapping[str, Any] = {}
    for document in documents:
        if "preludeEvent" in document:
            config = _map(_map(document["preludeEvent"]).get("config"))
        if "diagnosticEvent" in document:
            told = _map(document["diagnosticEvent"])
            message = f"{_text(told.get('prefix'))}{_text(told.get('message'))}"
            diagnostics.append({**told, "message": message})
        if "resourcePreEvent" in document:
            step = _map(_map(document["resourcePreEvent"]).get("metadata"))
            paths = {
                path: _map(diff).get("diffKind")
                for path, diff in _map(step.get("detailedDiff")).items()
            }
            steps.append({**step, "paths": paths})
    return _preview(steps, config, diagnostics, stack, secrets)


def _plain_event(event: EngineEvent) -> dict[str, Any]:
    plain: dict[str, Any] = {"sequence": event.sequence}
    if event.prelude_event:
        plain["preludeEvent"] = {"config": event.prelude_event.config}
    if event.diagnostic_event:
        told = event.diagnostic_event
        plain["diagnosticEvent"] = {
            "severity": told.severity,
            "prefix": told.prefix,
            "message": told.message,
        }
    if event.resource_pre_event:
        step = event.resource_pre_event.metadata
        plain["resourcePreEvent"] = {
            "metadata": {
                "op": step.op.value,
                "urn": step.urn,
                "type": step.type,
                "old": vars(step.old) if step.old else None,
                "new": vars(step.new) if step.new else None,
                "keys": step.keys,
                "detailedDiff": {
                    path: {"diffKind": diff.diff_kind.value}
                    for path, diff in (step.detailed_diff or {}).items()
                },
            },
        }
    return plain


def _preview(
    steps: list[dict[str, Any]],
    config: Mapping[str, Any],
    diagnostics: Sequence[Mapping[str, Any]],
    stack: str,
    secrets: Iterable[str],
) -> Preview:
    mask = Mask(secrets)
    bare = [_Told.of(step) for step in _clean(steps)]
    mask.learn([[one.old, one.new, one.outputs] for one in bare])
    # Keys and words of our own stay out of it: a secret may be the word "update".
    shown = mask.tree([one.shown for one in bare])
    merged = _merged([one.step(*each) for one, each in zip(bare, shown, strict=True)])
    urn = next((one.urn for one in bare if one.urn.startswith("urn:pulumi:")), "")
    # urn:pulumi:<stack>::<project>::<type>::<name>
    stack = urn.partition("::")[0].removeprefix("urn:pulumi:") or stack
    return Preview(
        stack=mask.text(stack),
        config={
            key.partition(":")[2] or key: mask.text(_text(value))
            for key, value in _clean(dict(config)).items()
        },
        steps=merged,
        errors=_messages(diagnostics, "error", mask),
        warnings=_messages(diagnostics, "warning", mask),
    )


@dataclass(frozen=True)
class _Told:
    """One step as it was told, before anything in it is masked."""

    op: Op
    urn: str
    type: str
    custom: bool
    old: State
    new: State
    outputs: State
    paths: Mapping[str, str]
    retained: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "_Told":
        old, new = _map(told.get("old")), _map(told.get("new"))
        paths = {path: _text(kind) for path, kind in _map(told.get("paths")).items()}
        for key in told.get("keys") or ():
            paths.setdefault(_text(key), "update-replace")
        outputs = _map(old.get("outputs"))
        return cls(
            op=_OPS.get(_text(told.get("op")), Op.SAME),
            urn=_text(told.get("urn")),
            type=_text(new.get("type") or old.get("type") or told.get("type")),
            custom=bool(new.get("custom") or old.get("custom")),
            old=_map(old.get("inputs")) or _live(outputs),
            new=_map(new.get("inputs")),
            outputs=outputs,
            paths=paths,
            retained=bool(old.get("retainOnDelete") or old.get("retain_on_delete")),
        )

    @property
    def shown(self) -> list[Any]:
        """What may hold secrets."""
        outputs = self.outputs if self.type == STACK_TYPE else {}
        return [self.urn, self.type, self.old, self.new, outputs, self.paths]

    def step(  # noqa: PLR0913, PLR0917 - as many as may hold secrets
        self,
        urn: str,
        type_: str,
        old: State,
        new: State,
        outputs: State,
        paths: Mapping[str, str],
    ) -> Step:
        """The step, with these in place of what is `shown`."""
        return Step(self.op, urn, type_, self.custom, old, new, outputs, paths, self.retained)


def _merged(told: list[Step]) -> tuple[Step, ...]:
    """One step for each resource, whatever number of them told it, in the order of their URNs."""
    steps: dict[str, Step] = {}
    for one in told:
        first = steps.get(one.urn)
        if first is None or first.op is Op.SAME:
            steps[one.urn] = one
        elif one.op is not Op.SAME:
            steps[one.urn] = Step(
                # A resource removed and added under one name is replaced, however it is told.
                op=first.op if one.op is first.op else Op.REPLACE,
                urn=one.urn,
                type=one.type or first.type,
                custom=one.custom or first.custom,
                old=first.old or one.old,
                new=one.new or first.new,
                outputs=first.outputs or one.outputs,
                paths={**first.paths, **one.paths},
                retained=first.retained or one.retained,
            )
    return tuple(steps[urn] for urn in sorted(steps))


def _live(outputs: State) -> State:
    """What the cluster says of an object, less what it alone writes."""
    metadata = {
        key: value
        for key, value in _map(outputs.get("metadata")).items()
        if key in ("name", "namespace", "labels", "annotations")
    }
    kept = {key: value for key, value in outputs.items() if key != "status" and key[:2] != "__"}
    return {**kept, "metadata": metadata} if metadata else kept


def _messages(
    diagnostics: Iterable[Mapping[str, Any]],
    severity: str,
    mask: Mask,
) -> tuple[str, ...]:
    texts = [
        _message(_text(one.get("message")), mask)
        for one in diagnostics
        if one.get("severity") == severity
    ]
    real = [text for text in texts if not _CONSEQUENCE.search(text)] or texts
    return tuple(sorted({text for text in real if text}))


def _message(text: str, mask: Mask) -> str:
    text = mask.text(_clean(_COLOUR.sub("", text))).strip()
    return re.sub(r"^(error|warning): ", "", text)


def _clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """`value` with nothing in its texts that UTF-8 can't carry."""
    return walk(value, lambda text: _HALVES.sub("\ufffd", text))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [_map(one) for one in value] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
