"""Validates objects against Kubernetes's own declarations, without a cluster.

The API server's dry run in a preview isn't enough. While the namespace doesn't exist yet the
provider skips it (4.25; `IsNamespaceNotFoundErr` in its `await` package), so that a first preview
would accept anything, and the update would stop halfway. Where the namespace exists, unknown fields
are dropped with a warning only, and the errors of all objects but the first are lost.

Fields and types are those of the provider's SDK, which is generated from Kubernetes's OpenAPI.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Union, get_args, get_origin, is_typeddict

from components.kube.field_errors import field_errors
from components.messages import show
from components.naming import camel, field_types

_QUANTITY = re.compile(r"\.(requests|limits)\.|\.sizeLimit$")
"""Paths where Kubernetes accepts a number for a string."""
_TYPE_NAMES = {str: "a string", int: "an integer", bool: "true or false", float: "a number"}


def schema_errors(value: Any, kind: str, api_version: str, path: str = "") -> Iterator[str]:  # noqa: ANN401
    """Returns an error for each part of `value` that Kubernetes wouldn't accept.

    Args:
        value: Plain JSON.
        kind: The kind of the object, or a type within one, such as `Affinity`. Kinds that
            Kubernetes itself doesn't have are not checked.
        api_version: As in `apps/v1`.
        path: Where `value` is; errors begin with it.
    """
    declared = _find_type(kind, api_version)
    if declared is not None:
        yield from _check(value, declared, path)


@cache
def _find_type(kind: str, api_version: str) -> type | None:
    group, _, version = api_version.rpartition("/")
    module = f"pulumi_kubernetes.{group.partition('.')[0] or 'core'}.{version}"
    try:
        found: type | None = getattr(import_module(module), f"{kind}ArgsDict", None)
    except ModuleNotFoundError:
        return None
    return found


@cache
def _fields(declared: type) -> dict[str, Any]:
    hints = field_types(declared)
    return {_field_name(name): hints[name] for name in hints}


@cache
def _required(declared: Any) -> set[str]:  # noqa: ANN401 - a TypedDict
    return set(map(_field_name, declared.__required_keys__))


def _field_name(name: str) -> str:
    """A field's name in Kubernetes, such as `hostIPC`, for its name in Python."""
    # Imported late, as previews that don't need it start faster.
    from pulumi_kubernetes._tables import SNAKE_TO_CAMEL_CASE_TABLE  # noqa: PLC0415

    return str(SNAKE_TO_CAMEL_CASE_TABLE.get(name, camel(name)))


def _check(value: Any, declared: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON, any type
    types = _plain_types(declared)
    for type_ in types:
        if is_typeddict(type_) and isinstance(value, Mapping):
            yield from _check_fields(value, type_, path)
            return
        origin = get_origin(type_)
        if origin is Sequence and isinstance(value, list):
            for i, item in enumerate(value):
                yield from _check(item, get_args(type_)[0], f"{path}[{i}]")
            return
        if origin is Mapping and isinstance(value, Mapping):
            for key, entry in value.items():
                yield from _check(entry, get_args(type_)[1], f"{path}.{key}")
            return
        if type_ is Any or (type_ in _TYPE_NAMES and _is_a(value, type_)):
            return
        if type_ is str and _is_a(value, float) and _QUANTITY.search(path):
            return
    yield f"{path}: got {show(value)}; allowed is {' or '.join(map(_type_name, types))}"


def _check_fields(value: Mapping[str, Any], declared: type, path: str) -> Iterator[str]:
    fields = _fields(declared)
    prefix = f"{path}: " if path else ""
    for key, field in value.items():
        if key not in fields:
            yield f"{prefix}unknown field {show(key)}"
        elif field is not None:
            field_path = f"{path}.{key}".lstrip(".")
            errors = list(_check(field, fields[key], field_path))
            yield from errors or field_errors(key, field, field_path)
    for key in sorted(_required(declared)):
        if value.get(key) is None:
            yield f"{prefix}missing field {key}"


def _plain_types(declared: Any) -> list[Any]:  # noqa: ANN401 - a type form
    """The types that a `pulumi.Input` stands for, without `Awaitable` and `Output`."""
    if get_origin(declared) is not Union:
        return [declared]
    plain = [
        type_
        for type_ in get_args(declared)
        if getattr(get_origin(type_), "__name__", "") not in ("Awaitable", "Output")
    ]
    return [found for type_ in plain for found in _plain_types(type_)]


def _is_a(value: object, type_: type) -> bool:
    if type_ is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type_


def _type_name(type_: Any) -> str:  # noqa: ANN401 - a type form
    if type_ in _TYPE_NAMES:
        return _TYPE_NAMES[type_]
    return "an array" if get_origin(type_) is Sequence else "an object"
