"""The inputs as `args.py` declares them: types and descriptions, with what their rows add."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from textwrap import dedent
from typing import Any, get_origin, is_typeddict

from components.inputs.args import RocketChatArgs
from components.inputs.checks import OneOf, Range
from components.inputs.decode import is_secret
from components.inputs.definitions import BY_PATH, Input
from components.naming import camel, field_types


@dataclass(frozen=True)
class Declaration:
    """One input with all that is known about it."""

    path: str
    type: Any
    description: str
    required: bool
    row: Input

    @property
    def key(self) -> str:
        """The key in a stack's config, as in `ingress.tlsSecret`."""
        return ".".join(map(camel, self.path.split(".")))

    @property
    def type_name(self) -> str:
        """The type in words, as in "Integer, 1 to 1000" or "String, secret"."""
        check = self.row.validate
        if is_typeddict(self.type):
            return "Object"
        if isinstance(check, Range):
            return f"Integer, {check.minimum} to {check.maximum}"
        if isinstance(check, OneOf):
            return f"String: {', '.join(check.words)}"
        if is_secret(self.type):
            return "String, secret"
        names = {Mapping: "Object", list: "Array", bool: "Boolean", int: "Integer"}
        return names.get(get_origin(self.type) or self.type, "String")

    @property
    def default(self) -> Any:  # noqa: ANN401 - JSON
        """The default as JSON has it; None without one."""
        value = self.row.default
        return value.value if isinstance(value, Enum) else value

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys of the fields, for a group."""
        return tuple(map(camel, field_types(self.type))) if is_typeddict(self.type) else ()


def top_level() -> list[Declaration]:
    """Returns every input, without the fields of groups."""
    return list(_fields(RocketChatArgs, ""))


def every() -> Iterator[Declaration]:
    """Yields every input, each group followed by its fields."""
    for declaration in top_level():
        yield from _with_fields(declaration)


def _with_fields(declaration: Declaration) -> Iterator[Declaration]:
    yield declaration
    if is_typeddict(declaration.type):
        for field in _fields(declaration.type, f"{declaration.path}."):
            yield from _with_fields(field)


def _fields(declared: type, prefix: str) -> Iterator[Declaration]:
    required: frozenset[str] = getattr(declared, "__required_keys__", frozenset())
    for name, type_ in field_types(declared).items():
        path = f"{prefix}{name}"
        yield Declaration(
            path,
            type_,
            _docstrings(declared)[name],
            name in required,
            BY_PATH.get(path, Input(path)),
        )


@cache
def _docstrings(declared: type) -> dict[str, str]:
    """Returns the docstring under each field of a TypedDict."""
    (body,) = ast.parse(dedent(inspect.getsource(declared))).body
    if not isinstance(body, ast.ClassDef):
        raise TypeError(declared)
    found: dict[str, str] = {}
    module = sys.modules[declared.__module__]
    # A TypedDict doesn't remember what it inherits from.
    for base in body.bases:
        inherited = getattr(module, ast.unparse(base))
        if is_typeddict(inherited):
            found |= _docstrings(inherited)
    for field, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[field.target.id] = inspect.cleandoc(str(after.value.value))
    return found


def in_camel_case(text: str) -> str:
    """Returns a docstring's text with the inputs that it names in camelCase."""
    return re.sub(
        r"`([a-z_.]+)`",
        lambda found: "`" + ".".join(map(camel, found[1].split("."))) + "`",
        text,
    )
