"""Objects against what Kubernetes takes: fields and their types.

The fields are those that the provider's SDK declares, made from Kubernetes's own declarations.
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
"""Where Kubernetes takes a number for a text too."""
_WORDS = {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}


def schema_errors(value: Any, kind: str, version: str, path: str = "") -> Iterator[str]:  # noqa: ANN401
    """A sentence for each part of `value` that isn't what a `kind` of `version` has there.

    A kind that Kubernetes itself doesn't have fits, whatever is in it.
    """
    declared = _declared(kind, version)
    if declared is not None:
        yield from _fit(value, declared, path)


@cache
def _declared(kind: str, version: str) -> type | None:
    group, _, name = version.rpartition("/")
    module = f"pulumi_kubernetes.{group.partition('.')[0] or 'core'}.{name}"
    try:
        found: type | None = getattr(import_module(module), f"{kind}ArgsDict", None)
    except ModuleNotFoundError:
        return None
    return found


@cache
def _fields(declared: type) -> dict[str, Any]:
    hints = field_types(declared)
    return {_key(name): hints[name] for name in hints}


@cache
def _required(declared: Any) -> set[str]:  # noqa: ANN401 - a TypedDict
    return set(map(_key, declared.__required_keys__))


def _key(name: str) -> str:
    """A field's name as Kubernetes has it: `hostIPC`, not `hostIpc`."""
    # Only where it is needed: a preview starts faster.
    from pulumi_kubernetes._tables import SNAKE_TO_CAMEL_CASE_TABLE  # noqa: PLC0415

    return str(SNAKE_TO_CAMEL_CASE_TABLE.get(name, camel(name)))


def _fit(value: Any, declared: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON, any type
    forms = _forms(declared)
    for form in forms:
        if is_typeddict(form) and isinstance(value, Mapping):
            yield from _fit_fields(value, form, path)
            return
        origin = get_origin(form)
        if origin is Sequence and isinstance(value, list):
            for i, one in enumerate(value):
                yield from _fit(one, get_args(form)[0], f"{path}[{i}]")
            return
        if origin is Mapping and isinstance(value, Mapping):
            for key, one in value.items():
                yield from _fit(one, get_args(form)[1], f"{path}.{key}")
            return
        if form is Any or (form in _WORDS and _is(value, form)):
            return
        if form is str and _is(value, float) and _QUANTITY.search(path):
            return
    yield f"{path} is {show(value)}, and {' or '.join(map(_word, forms))} has to be there"


def _fit_fields(value: Mapping[str, Any], declared: type, path: str) -> Iterator[str]:
    fields = _fields(declared)
    for key, one in value.items():
        if key not in fields:
            yield f"{path or 'it'} has {show(key)}, which is no field there"
        elif one is not None:
            at = f"{path}.{key}".lstrip(".")
            wrong = list(_fit(one, fields[key], at))
            yield from wrong or field_errors(key, one, at)
    for key in sorted(_required(declared)):
        if value.get(key) is None:
            yield f"{path or 'it'} lacks {key}"


def _forms(declared: Any) -> list[Any]:  # noqa: ANN401 - a type form
    """What a `pulumi.Input` may be, less the forms in which it comes late."""
    if get_origin(declared) is not Union:
        return [declared]
    plain = [one for one in get_args(declared) if not _is_late(one)]
    return [form for one in plain for form in _forms(one)]


def _is_late(form: Any) -> bool:  # noqa: ANN401 - a type form
    return getattr(get_origin(form), "__name__", "") in ("Awaitable", "Output")


def _is(value: object, form: type) -> bool:
    if form is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is form


def _word(form: Any) -> str:  # noqa: ANN401 - a type form
    if form in _WORDS:
        return _WORDS[form]
    return "a list" if get_origin(form) is Sequence else "a map"
