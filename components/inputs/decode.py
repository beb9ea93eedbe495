"""Holds what came against the declarations in `args.py`: names and types, at every depth."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Union, get_args, get_origin, is_typeddict

import pulumi

from components.inputs.errors import KeyFormat, ValidationErrors, as_is
from components.naming import field_types


def decode(
    came: Mapping[str, Any],
    declared: type,
    errors: ValidationErrors,
    names: KeyFormat = as_is,
) -> dict[str, Any]:
    """`came` as the TypedDict `declared` has it, less what doesn't fit.

    `names` is how `came` writes the inputs' names. They come out in snake_case, whole numbers as
    `int` (they may arrive as floats from other languages), enums as members. Each thing that
    doesn't fit is added to `errors`. A null is as good as nothing.
    """
    return _Fitter(errors, names).group(came, declared, "")


_NOT_CARRIED = re.compile(r"[\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters that JSON doesn't escape, halves of pairs of surrogates, and no characters."""
MAX_DEPTH = 50
"""Maps and lists in one another; nothing that Kubernetes or the chart takes comes near it."""
A_STRING = "a text (in quotes, if need be)"


class _Fitter:
    def __init__(self, errors: ValidationErrors, names: KeyFormat) -> None:
        self._errors = errors
        self._names = names

    def group(self, came: Mapping[str, Any], declared: type, path: str) -> dict[str, Any]:
        """The fields of one TypedDict."""
        hints = field_types(declared)
        names = {self._names(name): name for name in hints}
        fitted: dict[str, Any] = {}
        for key, value in came.items():
            if key not in names:
                known = map(self._errors.key_format, hints)
                self._errors.add_unknown_key(
                    f"{self._errors.format_key(path)}.{key}".lstrip("."), known
                )
            elif value is not None:
                name = names[key]
                at = f"{path}.{name}".lstrip(".")
                if not path and _is_deep(value):
                    self._errors.add(at, f"is nested more than {MAX_DEPTH} deep.")
                    continue
                one = self.value(value, hints[name], at)
                if one is not None:
                    fitted[name] = one
        for name in sorted(getattr(declared, "__required_keys__", ())):
            if came.get(self._names(name)) is None:
                at = f"{path}.{name}".lstrip(".")
                self._errors.add(at, "is missing. Set it.")
        return fitted

    def value(self, came: object, declared: Any, path: str) -> Any:  # noqa: ANN401 - any input
        """One value as declared, or None after a problem."""
        fitted, allowed = self._fit_one(came, declared, path)
        if fitted is None and allowed:
            self._errors.add_invalid(path, came, allowed)
        return fitted

    def _fit_one(  # noqa: PLR0911 - one return for each kind of declaration
        self,
        came: object,
        declared: Any,  # noqa: ANN401 - a type form
        path: str,
    ) -> tuple[Any, str]:
        """The value as declared, and in words what is."""
        if is_typeddict(declared):
            if isinstance(came, Mapping):
                return self.group(came, declared, path), ""
            fields = ", ".join(self._errors.key_format(name) for name in field_types(declared))
            return None, f"a group of {fields}"
        if get_origin(declared) is Mapping or declared is Mapping:
            return self._mapping(came, declared, path)
        if get_origin(declared) is list:
            return self._list(came, declared, path)
        if declared is bool:
            return (came if isinstance(came, bool) else None), "true or false"
        if declared is int:
            return to_int(came), "a whole number"
        if declared is str:
            return to_string(came if isinstance(came, str) else None), A_STRING
        if isinstance(declared, type) and issubclass(declared, Enum):
            words = [str(member.value) for member in declared]
            known = isinstance(came, declared) or (isinstance(came, str) and came in words)
            return (declared(came) if known else None), " or ".join(words)
        # What is left is a secret, whose value is never shown.
        if isinstance(came, str | pulumi.Output):
            return came, ""
        self._errors.add(path, "is a secret, and what came isn't a text. Give a text.")
        return None, ""

    def _list(
        self,
        came: object,
        declared: Any,  # noqa: ANN401 - a type form
        path: str,
    ) -> tuple[list[Any] | None, str]:
        if isinstance(came, str) or not isinstance(came, Sequence):
            return None, "a list"
        (held,) = get_args(declared)
        # What doesn't fit leaves its place empty, so that the others keep their numbers.
        return [self.value(one, held, f"{path}.{i}") for i, one in enumerate(came)], ""

    def _mapping(
        self,
        came: object,
        declared: Any,  # noqa: ANN401 - a type form
        path: str,
    ) -> tuple[dict[str, Any] | None, str]:
        if not isinstance(came, Mapping):
            return None, "a map"
        _, held = get_args(declared)
        if held is Any:
            return dict(came), ""
        fitted = {}
        for key, value in came.items():
            text = to_string(value)
            if text is None:
                # Its key is the author's own, and no input's name.
                self._errors.add_invalid(
                    path, {key: value}, "a text for each (in quotes, if need be)"
                )
            else:
                fitted[str(key)] = text
        return fitted, ""


def is_secret(declared: object) -> bool:
    """Whether an input is declared as `pulumi.Input[str]`, as the secrets are, and only they."""
    return get_origin(declared) is Union


def to_int(came: object) -> int | None:
    """A whole number, also where it came as a float; None for anything else."""
    if isinstance(came, bool) or not isinstance(came, int | float):
        return None
    if isinstance(came, float) and not came.is_integer():
        return None
    return int(came)


def to_string(came: object) -> str | None:
    """A text, also where YAML took it for a number, as in `cpu: 2`; None for anything else."""
    if isinstance(came, bool) or not isinstance(came, str | int | float):
        return None
    try:
        text = str(came)
        return text if survives_yaml(text) else None
    except ValueError:  # thousands of digits
        return None


def survives_yaml(text: str) -> bool:
    """Whether Kubernetes reads `text` as it was sent: as YAML, which has no such characters."""
    return not _NOT_CARRIED.search(text)


def _is_deep(value: object) -> bool:
    """Whether it is nested more than `MOST_DEEP` deep; what follows goes down by calling itself."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        # Once each: a value that holds itself twice would double at each step.
        level = list({id(below): below for one in level for below in _parts(one)}.values())
    return bool(level)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
