"""Parses previews, and masks every secret in them.

Pulumi shows a preview in three forms: the document of `pulumi preview --json`, the stream of
events that the same command prints with `PULUMI_ENABLE_STREAMING_JSON_PREVIEW`, and the event
objects of the Automation API.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation.events import EngineEvent

from components.kube.objects import nested_list, nested_map
from tools.errors import ToolError
from tools.report.mask import Mask, map_strings
from tools.report.preview import STACK_TYPE, Op, Preview, Properties, Step, to_string

_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
"""Colours in the engine's messages, as its own tags or as a terminal's escapes."""
_FOLLOW_UP_ERROR = re.compile(
    r"^preview failed$"
    r"|^an unhandled error occurred: .* exit status \d+$"
    r"|: the client connection is closing$",
)
"""Errors that the engine adds to the one that says what is wrong."""
_SURROGATES = re.compile(r"[\ud800-\udfff]")
"""Characters that JSON can contain and UTF-8 can't."""
_EXPECTED = "Expected the output of `pulumi preview --json`."
_OPS = {
    "create": Op.CREATE,
    "import": Op.CREATE,
    "update": Op.UPDATE,
    "delete": Op.DELETE,
    # The engine shows a replacement as one step or as its parts.
    "replace": Op.REPLACE,
    "create-replacement": Op.REPLACE,
    "delete-replaced": Op.REPLACE,
    "import-replacement": Op.REPLACE,
}


def parse_preview(text: str, stack: str = "", secrets: Iterable[str] = ()) -> Preview:
    """Parses the output of `pulumi preview --json`.

    Args:
        text: One JSON document, or one event per line.
        stack: The name of the stack, used if the preview doesn't contain it.
        secrets: Values to mask besides those that the preview marks as secret.

    Raises:
        ToolError: if the text isn't a preview.
    """
    try:
        documents = [json.loads(text)]
    except (ValueError, RecursionError):
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            documents = []
    if not documents or not all(isinstance(document, Mapping) for document in documents):
        raise ToolError(f"Not a preview. {_EXPECTED}")
    try:
        if len(documents) == 1 and not _is_event(documents[0]):
            return _parse_document(documents[0], stack, secrets)
        return _parse_events(documents, stack, secrets)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ToolError(f"Not a preview as Pulumi writes it. {_EXPECTED}") from error


def preview_from_events(
    events: Iterable[EngineEvent],
    stack: str = "",
    secrets: Iterable[str] = (),
) -> Preview:
    """The preview whose events the Automation API passed to `on_event`."""
    contents = _Contents()
    for event in events:
        if event.prelude_event:
            contents.config = event.prelude_event.config
        if diagnostic := event.diagnostic_event:
            contents.add_diagnostic(
                diagnostic.severity, diagnostic.prefix or "", diagnostic.message
            )
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            contents.steps.append(
                _UnmaskedStep.parse(
                    op=step.op.value,
                    urn=step.urn,
                    type_=step.type,
                    old=vars(step.old) if step.old else None,
                    new=vars(step.new) if step.new else None,
                    paths={
                        path: diff.diff_kind.value
                        for path, diff in (step.detailed_diff or {}).items()
                    },
                    replace_keys=step.keys,
                )
            )
    return contents.masked(stack, secrets)


def failed_preview(stack: str, message: str, secrets: Iterable[str] = ()) -> Preview:
    """A preview that failed before it had any content but an error message."""
    return Preview(stack, errors=(_clean_message(message, Mask(secrets)),))


def _is_event(document: Mapping[str, Any]) -> bool:
    return "sequence" in document or any(key.endswith("Event") for key in document)


def _parse_document(document: Mapping[str, Any], stack: str, secrets: Iterable[str]) -> Preview:
    if not document.keys() & {"steps", "changeSummary", "diagnostics"}:
        raise ToolError(f"This JSON has no steps of a preview. {_EXPECTED}")
    contents = _Contents(nested_map(document, "config"))
    for diagnostic in nested_list(document, "diagnostics"):
        contents.add_diagnostic(diagnostic.get("severity"), "", diagnostic.get("message"))
    for step in nested_list(document, "steps"):
        diffs = nested_map(step, "detailedDiff")
        contents.steps.append(
            _UnmaskedStep.parse(
                op=step.get("op"),
                urn=step.get("urn"),
                type_=None,
                old=step.get("oldState"),
                new=step.get("newState"),
                paths={path: nested_map(diff).get("kind") for path, diff in diffs.items()},
                replace_keys=step.get("replaceReasons"),
            )
        )
    return contents.masked(stack, secrets)


def _parse_events(
    documents: Iterable[Mapping[str, Any]], stack: str, secrets: Iterable[str]
) -> Preview:
    contents = _Contents()
    for document in documents:
        if "preludeEvent" in document:
            contents.config = nested_map(document, "preludeEvent", "config")
        if "diagnosticEvent" in document:
            diagnostic = nested_map(document, "diagnosticEvent")
            contents.add_diagnostic(
                diagnostic.get("severity"), diagnostic.get("prefix"), diagnostic.get("message")
            )
        if "resourcePreEvent" in document:
            step = nested_map(document, "resourcePreEvent", "metadata")
            diffs = nested_map(step, "detailedDiff")
            contents.steps.append(
                _UnmaskedStep.parse(
                    op=step.get("op"),
                    urn=step.get("urn"),
                    type_=step.get("type"),
                    old=step.get("old"),
                    new=step.get("new"),
                    paths={path: nested_map(diff).get("diffKind") for path, diff in diffs.items()},
                    replace_keys=step.get("keys"),
                )
            )
    return contents.masked(stack, secrets)


@dataclass(frozen=True)
class _UnmaskedStep:
    """A step before its secrets are masked."""

    op: Op
    urn: str
    type: str
    custom: bool
    old: Properties
    new: Properties
    outputs: Properties
    paths: Mapping[str, str]
    retained: bool

    @classmethod
    def parse(  # noqa: PLR0913 - the parts of a step in each of Pulumi's forms
        cls,
        *,
        op: object,
        urn: object,
        type_: object,
        old: object,
        new: object,
        paths: Mapping[str, object],
        replace_keys: Any,  # noqa: ANN401 - JSON
    ) -> "_UnmaskedStep":
        before, after = _clean(nested_map(old)), _clean(nested_map(new))
        kinds = {_clean(path): to_string(kind) for path, kind in paths.items()}
        for key in replace_keys or ():
            kinds.setdefault(_clean(to_string(key)), "update-replace")
        outputs = nested_map(before, "outputs")
        return cls(
            op=_OPS.get(to_string(op), Op.SAME),
            urn=_clean(to_string(urn)),
            type=to_string(after.get("type") or before.get("type") or _clean(type_)),
            custom=bool(after.get("custom") or before.get("custom")),
            old=nested_map(before, "inputs") or _inputs_from_outputs(outputs),
            new=nested_map(after, "inputs"),
            outputs=outputs,
            paths=kinds,
            retained=bool(before.get("retainOnDelete") or before.get("retain_on_delete")),
        )

    def maskable(self) -> list[Any]:
        """The parts that may contain secrets."""
        outputs = self.outputs if self.type == STACK_TYPE else {}
        return [self.urn, self.type, self.old, self.new, outputs, self.paths]

    def masked(self, masked: list[Any]) -> Step:
        """The step with masked parts in place of its `maskable` ones."""
        urn, type_, old, new, outputs, paths = masked
        return Step(self.op, urn, type_, self.custom, old, new, outputs, paths, self.retained)


@dataclass
class _Contents:
    """What a preview contains, in whichever form, before its secrets are masked."""

    config: Mapping[str, Any] = field(default_factory=dict)
    steps: list[_UnmaskedStep] = field(default_factory=list)
    diagnostics: list[tuple[str, str]] = field(default_factory=list)
    """The severity and the text of each message."""

    def add_diagnostic(self, severity: object, prefix: object, message: object) -> None:
        text = f"{to_string(prefix)}{to_string(message)}"
        self.diagnostics.append((to_string(severity), text))

    def masked(self, stack: str, secrets: Iterable[str]) -> Preview:
        mask = Mask(secrets)
        mask.learn([[step.old, step.new, step.outputs] for step in self.steps])
        # Only these parts: a secret may be the word "update", which is also an operation.
        parts = mask.mask([step.maskable() for step in self.steps])
        steps = [step.masked(masked) for step, masked in zip(self.steps, parts, strict=True)]
        urn = next((step.urn for step in self.steps if step.urn.startswith("urn:pulumi:")), "")
        # urn:pulumi:<stack>::<project>::<type>::<name>
        stack = urn.partition("::")[0].removeprefix("urn:pulumi:") or stack
        return Preview(
            stack=mask.mask_text(stack),
            config={
                key.partition(":")[2] or key: mask.mask_text(to_string(value))
                for key, value in _clean(dict(self.config)).items()
            },
            steps=_merge_steps(steps),
            errors=self._messages("error", mask),
            warnings=self._messages("warning", mask),
        )

    def _messages(self, severity: str, mask: Mask) -> tuple[str, ...]:
        messages = [
            _clean_message(message, mask)
            for level, message in self.diagnostics
            if level == severity
        ]
        causes = [message for message in messages if not _FOLLOW_UP_ERROR.search(message)]
        return tuple(sorted({message for message in causes or messages if message}))


def _merge_steps(steps: list[Step]) -> tuple[Step, ...]:
    """One step for each resource, sorted by URN."""
    merged: dict[str, Step] = {}
    for step in steps:
        first = merged.get(step.urn)
        if first is None or first.op is Op.SAME:
            merged[step.urn] = step
        elif step.op is not Op.SAME:
            merged[step.urn] = Step(
                # A resource that is both removed and added is replaced.
                op=first.op if step.op is first.op else Op.REPLACE,
                urn=step.urn,
                type=step.type or first.type,
                custom=step.custom or first.custom,
                old=first.old or step.old,
                new=step.new or first.new,
                outputs=first.outputs or step.outputs,
                paths={**first.paths, **step.paths},
                retained=first.retained or step.retained,
            )
    return tuple(merged[urn] for urn in sorted(merged))


def _inputs_from_outputs(outputs: Properties) -> Properties:
    """A live object without the fields that only the cluster writes."""
    metadata = {
        key: value
        for key, value in nested_map(outputs, "metadata").items()
        if key in ("name", "namespace", "labels", "annotations")
    }
    fields = {key: value for key, value in outputs.items() if key != "status" and key[:2] != "__"}
    return {**fields, "metadata": metadata} if metadata else fields


def _clean_message(text: str, mask: Mask) -> str:
    text = mask.mask_text(_clean(_COLOUR.sub("", text))).strip()
    return re.sub(r"^(error|warning): ", "", text)


def _clean(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` without characters that UTF-8 can't encode."""
    return map_strings(value, lambda text: _SURROGATES.sub("\ufffd", text))
