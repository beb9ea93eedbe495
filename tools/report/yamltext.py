"""Writes JSON values as lines of YAML, each with the path of what it shows."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

Path = tuple[str, ...]
"""The steps from the root to a value, each as it is written: `.spec`, `[nats]`."""

_PLAIN_STRING = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./+-]*(?:[ :@=,()$][A-Za-z0-9_./+(){}$-]+)*", re.ASCII
)
_OTHER_TYPE = re.compile(
    r"(?:true|false|yes|no|on|off|null|y|n|~|\.?(?:inf|nan)|[-+.]?\d.*)", re.IGNORECASE | re.ASCII
)
"""Plain scalars that aren't strings in YAML 1.1, which Kubernetes reads."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_MERGE_KEYS = ("name", "key", "containerPort", "port", "path", "mountPath", "host", "topologyKey")
"""Fields that may identify the items of an array."""
_MAX_BMP = 0xFFFF
"""The last character that YAML escapes with four digits."""


class YamlLine(NamedTuple):
    """One line of YAML."""

    indent: int
    text: str
    path: Path


def value_lines(
    value: object, path: Path = (), indent: int = 0, first_key: str | None = None
) -> list[YamlLine]:
    """The lines of any value; of an object, `first_key` comes first."""
    if isinstance(value, Mapping) and value:
        return [
            line
            for key in ordered_keys(value, first_key)
            for line in entry_lines(key, value[key], (*path, key_step(key)), indent)
        ]
    if isinstance(value, list) and value:
        merge_key = find_merge_key(value)
        return [
            line
            for index, item in enumerate(value)
            for line in add_dash(
                value_lines(item, (*path, item_step(merge_key, item, index)), indent + 2, merge_key)
            )
        ]
    block = block_lines(value)
    if block is None:
        return [YamlLine(indent, scalar(value), path)]
    return [
        YamlLine(indent, block_indicator(value), path),
        *(YamlLine(indent, text, path) for text in block),
    ]


def entry_lines(key: str, value: object, path: Path, indent: int) -> list[YamlLine]:
    """The lines of one entry of an object."""
    prefix = f"{scalar(key)}:"
    if isinstance(value, Mapping) and value:
        return [YamlLine(indent, prefix, path), *value_lines(value, path, indent + 2)]
    if isinstance(value, list) and value:
        return [YamlLine(indent, prefix, path), *value_lines(value, path, indent)]
    first, *others = value_lines(value, path, indent + 2)
    return [YamlLine(indent, f"{prefix} {first.text}", path), *others]


def add_dash(lines: list[YamlLine]) -> list[YamlLine]:
    """The lines of an array's item, with a dash in front of the first."""
    first, *others = lines
    return [YamlLine(first.indent - 2, f"- {first.text}", first.path), *others]


def scalar(value: object) -> str:
    """A string, number, boolean, null or empty collection on one line."""
    if isinstance(value, str):
        is_plain = _PLAIN_STRING.fullmatch(value) and not _OTHER_TYPE.fullmatch(value)
        return value if is_plain else _quote(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return json.dumps(value)


def _quote(text: str) -> str:
    """A string in double quotes, with unprintable characters escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(char if char.isprintable() else _escape(char) for char in quoted)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= _MAX_BMP else f"\\U{code:08x}"


def block_lines(value: object) -> list[str] | None:
    """The lines of a string that is written as a literal block; None for any other value."""
    if not isinstance(value, str) or "\n" not in value[:-1]:
        return None
    lines = value.removesuffix("\n").split("\n")
    # A block that begins with a space or ends with an empty line would need more indicators.
    if value[:1] in " \n" or not lines[-1] or not all(map(str.isprintable, lines)):
        return None
    return lines


def block_indicator(value: object) -> str:
    """The indicator that begins a literal block, which says whether it ends with a newline."""
    return "|" if str(value).endswith("\n") else "|-"


def find_merge_key(*arrays: list[Any]) -> str | None:
    """The field that identifies each item of these arrays; None if there is none."""
    items = [item for array in arrays for item in array]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    for key in _MERGE_KEYS:
        if all(isinstance(item.get(key), str | int) for item in items) and all(
            len({item[key] for item in array}) == len(array) for array in arrays
        ):
            return key
    return None


def ordered_keys(value: Mapping[str, Any], first_key: str | None = None) -> list[str]:
    """The keys of an object in their order, except that `first_key` comes first."""
    keys = list(value)
    if first_key is not None and first_key in value:
        keys.remove(first_key)
        keys.insert(0, first_key)
    return keys


def key_step(key: str) -> str:
    """The step of a path to an entry of an object."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{_quote(key)}]"


def item_step(merge_key: str | None, item: object, index: int) -> str:
    """The step of a path to an item of an array."""
    if merge_key is None or not isinstance(item, Mapping):
        return f"[{index}]"
    name = str(item[merge_key])
    return f"[{name}]" if re.fullmatch(r"[\w./-]+", name, re.ASCII) else f"[{_quote(name)}]"


def format_path(path: Path) -> str:
    """A path as text: `spec.containers[nats].image`."""
    return "".join(path).removeprefix(".")
