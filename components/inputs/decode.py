"""Decodes raw inputs into what `args.py` declares: names and types, at every depth."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Union, get_args, get_origin, is_typeddict

import pulumi

from components.inputs.errors import ValidationErrors
from components.naming import field_types

MAX_DEPTH = 50
"""Nested objects and arrays in one input; nothing in Kubernetes or the chart comes near it."""
A_STRING = "a string (in quotes, if need be)"
_BROKEN_BY_YAML = re.compile(r"[\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters that JSON leaves unescaped, unpaired surrogates, and noncharacters."""


def decode(
    raw: Mapping[str, Any],
    declared: type,
    errors: ValidationErrors,
    path: str = "",
) -> dict[str, Any]:
    """Decodes `raw` as the TypedDict `declared`.

    Args:
        raw: Inputs with names as the author wrote them (`errors.key_format`). A null counts as
            absent.
        declared: The TypedDict to decode to.
        errors: Receives everything that doesn't fit.
        path: Where `raw` is in the inputs; empty for all of them.

    Returns:
        What fits: names in snake_case, integers as `int` (other languages send floats), enums as
        members.
    """
    return _Decoder(errors).decode_fields(raw, declared, path)


def is_secret(declared: object) -> bool:
    """Whether an input is declared as `pulumi.Input[str]`, as secrets are, and only they."""
    return get_origin(declared) is Union


def to_int(value: object) -> int | None:
    """An integer, also when it arrived as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value)


def to_string(value: object) -> str | None:
    """A string, also when YAML read it as a number, as in `cpu: 2`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        text = str(value)
    except ValueError:  # an integer of thousands of digits
        return None
    return text if survives_yaml(text) else None


def survives_yaml(text: str) -> bool:
    """Whether Kubernetes, which reads objects as YAML, gets `text` as it was sent."""
    return not _BROKEN_BY_YAML.search(text)


_OUTPUT_REMEDY = (
    "What another resource puts out may not be known yet: give the value itself, for instance from"
    " the config."
)


class _Decoder:
    def __init__(self, errors: ValidationErrors) -> None:
        self._errors = errors

    def decode_fields(self, raw: Mapping[str, Any], declared: type, path: str) -> dict[str, Any]:
        types = field_types(declared)
        names = {self._errors.key_format(name): name for name in types}
        decoded: dict[str, Any] = {}
        for key, value in raw.items():
            if key not in names:
                self._errors.add_unknown_key(
                    f"{self._errors.format_key(path)}.{key}".lstrip("."), names
                )
            elif value is not None:
                name = names[key]
                field_path = f"{path}.{name}".lstrip(".")
                if not path and _is_too_deep(value):
                    self._errors.add(field_path, f"is nested more than {MAX_DEPTH} deep.")
                    continue
                result = self._decode_value(value, types[name], field_path)
                if result is not None:
                    decoded[name] = result
        for name in sorted(getattr(declared, "__required_keys__", ())):
            if raw.get(self._errors.key_format(name)) is None:
                self._errors.add(f"{path}.{name}".lstrip("."), "is missing. Set it.")
        return decoded

    def _decode_value(self, value: object, declared: Any, path: str) -> Any:  # noqa: ANN401 - any input
        """Returns the decoded value, or None after adding an error."""
        decoded, allowed = self._try(value, declared, path)
        if decoded is None and allowed:
            remedy = _OUTPUT_REMEDY if isinstance(value, pulumi.Output) else ""
            self._errors.add_invalid(path, value, allowed, remedy)
        return decoded

    def _try(  # noqa: PLR0911 - one return for each kind of declaration
        self,
        value: object,
        declared: Any,  # noqa: ANN401 - a type form
        path: str,
    ) -> tuple[Any, str]:
        """Returns the decoded value or None, and what is allowed unless that was already said."""
        if is_typeddict(declared):
            if isinstance(value, Mapping):
                return self.decode_fields(value, declared, path), ""
            fields = ", ".join(self._errors.key_format(name) for name in field_types(declared))
            return None, f"an object of {fields}"
        if get_origin(declared) is Mapping:
            return self._try_mapping(value, declared, path)
        if get_origin(declared) is list:
            return self._try_list(value, declared, path)
        if declared is bool:
            return (value if isinstance(value, bool) else None), "true or false"
        if declared is int:
            return to_int(value), "an integer"
        if declared is str:
            return to_string(value if isinstance(value, str) else None), A_STRING
        if isinstance(declared, type) and issubclass(declared, Enum):
            words = [str(member.value) for member in declared]
            known = isinstance(value, declared) or (isinstance(value, str) and value in words)
            return (declared(value) if known else None), " or ".join(words)
        # What is left is a secret, whose value is never shown.
        if isinstance(value, str | pulumi.Output):
            return value, ""
        self._errors.add(path, "is a secret, and has to be a string. Set it as one.")
        return None, ""

    def _try_list(
        self,
        value: object,
        declared: Any,  # noqa: ANN401 - a type form
        path: str,
    ) -> tuple[list[Any] | None, str]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return None, "an array"
        (item_type,) = get_args(declared)
        # An invalid item leaves a None, so that the others keep their index.
        return [
            self._decode_value(item, item_type, f"{path}.{i}") for i, item in enumerate(value)
        ], ""

    def _try_mapping(
        self,
        value: object,
        declared: Any,  # noqa: ANN401 - a type form
        path: str,
    ) -> tuple[dict[str, Any] | None, str]:
        if not isinstance(value, Mapping):
            return None, "an object"
        _, item_type = get_args(declared)
        if item_type is Any:
            return dict(value), ""
        if is_typeddict(item_type) or is_secret(item_type):
            # The keys are the author's own, not inputs' names.
            items = {
                str(key): self._decode_value(item, item_type, f"{path}.{key}")
                for key, item in value.items()
                if item is not None
            }
            return {key: item for key, item in items.items() if item is not None}, ""
        decoded = {}
        for key, item in value.items():
            text = to_string(item)
            if text is None:
                # The key is the author's own, not an input's name.
                self._errors.add_invalid(
                    path, {key: item}, "a string for each key (in quotes, if need be)"
                )
            else:
                decoded[str(key)] = text
        return decoded, ""


def _is_too_deep(value: object) -> bool:
    """Whether it is nested deeper than `MAX_DEPTH`, which the recursion below couldn't follow."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        # By identity: a value that contains itself twice would double at each step.
        level = list({id(item): item for parent in level for item in _items(parent)}.values())
    return bool(level)


def _items(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
