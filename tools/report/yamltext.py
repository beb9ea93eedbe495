"""Values as YAML, line by line, each with its path."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

Path = tuple[str, ...]
"""Keys from the root down, each as it is written behind the one before: `.spec`, `[nats]`."""

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+-]*(?:[ :@=,()$][A-Za-z0-9_./+(){}$-]+)*", re.ASCII)
_NOT_TEXT = re.compile(
    r"(?:true|false|yes|no|on|off|null|y|n|~|\.?(?:inf|nan)|[-+.]?\d.*)", re.IGNORECASE | re.ASCII
)
"""What YAML 1.1, which Kubernetes reads, takes for something else than text."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_IDENTITIES = ("name", "key", "containerPort", "port", "path", "mountPath", "host", "topologyKey")
"""The first of these that every element of a list has, and no two alike, tells them apart."""


class Text(NamedTuple):
    """One line: how deep it is indented, its text, and where it stands."""

    indent: int
    text: str
    path: Path


def scalar(value: object) -> str:
    """A value that is no collection, as YAML on one line."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and not _NOT_TEXT.fullmatch(value)
        return value if plain else quoted(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return json.dumps(value)


def quoted(text: str) -> str:
    """A text in double quotes, with an escape for whatever a reader couldn't see."""
    inner = json.dumps(text, ensure_ascii=False)
    if inner.isprintable():
        return inner
    return "".join(char if char.isprintable() else _escape(char) for char in inner)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - YAML's own


def step(key: str) -> str:
    """A key as a path has it."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{quoted(key)}]"


def written(path: Path) -> str:
    """`spec.containers[nats].image`."""
    return "".join(path).removeprefix(".")


def block(value: object) -> list[str] | None:
    """The lines of a text that reads best as such; None for anything else."""
    if not isinstance(value, str) or "\n" not in value[:-1]:
        return None
    lines = value.removesuffix("\n").split("\n")
    # A block can't begin with a space or end with an empty line without being told so.
    if value[:1] in " \n" or not lines[-1] or not all(map(str.isprintable, lines)):
        return None
    return lines


def marker(value: object) -> str:
    """What stands before a block's lines."""
    return "|" if str(value).endswith("\n") else "|-"


def identity(*lists: list[Any]) -> str | None:
    """The key that tells the elements of each list apart."""
    elements = [one for each in lists for one in each]
    if not elements or not all(isinstance(one, Mapping) for one in elements):
        return None
    for key in _IDENTITIES:
        if all(isinstance(one.get(key), str | int) for one in elements) and all(
            len({one[key] for one in each}) == len(each) for each in lists
        ):
            return key
    return None


def keys_of(value: Mapping[str, Any], first: str | None = None) -> list[str]:
    """The keys in the order in which they are written: `first` before the others."""
    keys = list(value)
    if first is not None and first in value:
        keys.remove(first)
        keys.insert(0, first)
    return keys


def element(key: str | None, one: object, index: int) -> str:
    """An element of a list as a path has it."""
    if key is None or not isinstance(one, Mapping):
        return f"[{index}]"
    name = str(one[key])
    return f"[{name}]" if re.fullmatch(r"[\w./-]+", name, re.ASCII) else f"[{quoted(name)}]"


def lines(value: object, path: Path = (), indent: int = 0, first: str | None = None) -> list[Text]:
    """`value` as lines; of a mapping the key `first` comes first."""
    if isinstance(value, Mapping) and value:
        return [
            line
            for key in keys_of(value, first)
            for line in entry(key, value[key], (*path, step(key)), indent)
        ]
    if isinstance(value, list) and value:
        key = identity(value)
        return [
            line
            for index, one in enumerate(value)
            for line in dashed(lines(one, (*path, element(key, one, index)), indent + 2, key))
        ]
    text = block(value)
    if text is None:
        return [Text(indent, scalar(value), path)]
    return [Text(indent, marker(value), path), *(Text(indent, one, path) for one in text)]


def entry(key: str, value: object, path: Path, indent: int) -> list[Text]:
    """One key of a mapping with its value."""
    lead = f"{scalar(key)}:"
    if isinstance(value, Mapping) and value:
        return [Text(indent, lead, path), *lines(value, path, indent + 2)]
    if isinstance(value, list) and value:
        return [Text(indent, lead, path), *lines(value, path, indent)]
    first, *rest = lines(value, path, indent + 2)
    return [Text(indent, f"{lead} {first.text}", path), *rest]


def dashed(body: list[Text]) -> list[Text]:
    """The lines of an element, with its dash in the indent of the first."""
    first, *rest = body
    return [Text(first.indent - 2, f"- {first.text}", first.path), *rest]
