"""Two versions of an object -> a unified diff in YAML of what differs between them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from tools.report.yamltext import (
    Path,
    Text,
    block,
    dashed,
    element,
    entry,
    identity,
    keys_of,
    lines,
    marker,
    scalar,
    step,
    written,
)

CONTEXT = 2
"""Lines around each change."""
_MOST_COMPARED = 2000
"""Comparing more lines, or elements, one by one takes long; they are shown as a whole."""


class Line(NamedTuple):
    """One line of a diff; its sign is `-`, `+` or a space."""

    sign: str
    indent: int
    text: str
    path: Path


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What differs, each place under its path; empty where nothing does."""
    return "\n".join(_hunks(list(_mapping(old, new, (), 0))))


def whole(value: Mapping[str, Any], sign: str) -> str:
    """An object that comes (`+`) or goes (`-`), all of it."""
    return "\n".join(f"{sign} {' ' * one.indent}{one.text}" for one in lines(value))


def _signed(sign: str, texts: list[Text]) -> list[Line]:
    return [Line(sign, *text) for text in texts]


def _mapping(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    path: Path,
    indent: int,
    first: str | None = None,
) -> Iterator[Line]:
    keys = [*keys_of(new, first), *(key for key in old if key not in new)]
    # Where the old keys were: what goes stands where it stood.
    if old.keys() - new.keys():
        keys = sorted(keys, key=lambda key: (key != first, key))
    for key in keys:
        where = (*path, step(key))
        if key not in old:
            yield from _signed("+", entry(key, new[key], where, indent))
        elif key not in new:
            yield from _signed("-", entry(key, old[key], where, indent))
        else:
            yield from _entry(key, old[key], new[key], where, indent)


def _entry(key: str, old: Any, new: Any, path: Path, indent: int) -> Iterator[Line]:  # noqa: ANN401
    if old == new and type(old) is type(new):
        yield from _signed(" ", entry(key, new, path, indent))
        return
    lead = f"{scalar(key)}:"
    if _both(Mapping, old, new):
        yield Line(" ", indent, lead, path)
        yield from _mapping(old, new, path, indent + 2)
    elif _both(list, old, new):
        yield Line(" ", indent, lead, path)
        yield from _list(old, new, path, indent)
    elif block(old) is not None and block(new) is not None:
        yield from _marked(lead, old, new, path, indent)
    else:
        yield from _signed("-", entry(key, old, path, indent))
        yield from _signed("+", entry(key, new, path, indent))


def _marked(lead: str, old: str, new: str, path: Path, indent: int) -> Iterator[Line]:
    if marker(old) == marker(new):
        yield Line(" ", indent, f"{lead} {marker(new)}", path)
    else:
        yield Line("-", indent, f"{lead} {marker(old)}", path)
        yield Line("+", indent, f"{lead} {marker(new)}", path)
    before, after = block(old) or [], block(new) or []
    for tag, gone, came in _aligned(before, after):
        if tag == "equal":
            yield from (Line(" ", indent + 2, after[i], path) for i in came)
        else:
            yield from (Line("-", indent + 2, before[i], path) for i in gone)
            yield from (Line("+", indent + 2, after[i], path) for i in came)


def _list(old: list[Any], new: list[Any], path: Path, indent: int) -> Iterator[Line]:
    key = identity(old, new)

    def known(one: object) -> str:
        if key is not None and isinstance(one, Mapping):
            return str(one[key])
        return json.dumps(one, sort_keys=True)

    def side(sign: str, values: list[Any], indexes: range) -> Iterator[Line]:
        for i in indexes:
            where = (*path, element(key, values[i], i))
            yield from _signed(sign, dashed(lines(values[i], where, indent + 2, key)))

    for tag, gone, came in _aligned([known(one) for one in old], [known(one) for one in new]):
        paired = len(gone) == len(came) and all(
            _alike(old[i], new[j]) for i, j in zip(gone, came, strict=True)
        )
        if tag == "equal" or paired:
            for i, j in zip(gone, came, strict=True):
                where = (*path, element(key, new[j], j))
                yield from _element(old[i], new[j], where, indent, key)
        else:
            yield from side("-", old, gone)
            yield from side("+", new, came)


def _element(
    old: Any,  # noqa: ANN401 - any JSON
    new: Any,  # noqa: ANN401 - any JSON
    path: Path,
    indent: int,
    key: str | None,
) -> Iterator[Line]:
    if old == new and type(old) is type(new):
        yield from _signed(" ", dashed(lines(new, path, indent + 2, key)))
    elif _both(Mapping, old, new):
        yield from _dashed(list(_mapping(old, new, path, indent + 2, key)))
    else:
        yield from _signed("-", dashed(lines(old, path, indent + 2, key)))
        yield from _signed("+", dashed(lines(new, path, indent + 2, key)))


def _dashed(body: list[Line]) -> Iterator[Line]:
    """The lines of an element with its dash: before the first line, on either side of the diff."""
    without = {"-", "+"}
    for line in body:
        signs = {"-", "+"} if line.sign == " " else {line.sign}
        if signs & without:
            without -= signs
            yield Line(line.sign, line.indent - 2, f"- {line.text}", line.path)
        else:
            yield line


def _alike(old: object, new: object) -> bool:
    """Whether an element is rather another version of one than another one."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    keys = old.keys() | new.keys()
    same = [key for key in old.keys() & new.keys() if old[key] == new[key]]
    return len(same) * 2 >= len(keys)


def _both(kind: type, old: object, new: object) -> bool:
    return all(isinstance(one, kind) and one for one in (old, new))


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, range, range]]:
    """Stretches of both that are equal, and that aren't, as indexes into each."""
    begin = _shared(old, new)
    most = min(len(old), len(new)) - begin
    end = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)
    if begin:
        yield "equal", range(begin), range(begin)
    gone, came = old[begin : len(old) - end], new[begin : len(new) - end]
    if max(len(gone), len(came)) > _MOST_COMPARED:
        yield "replace", range(begin, begin + len(gone)), range(begin, begin + len(came))
    else:
        for tag, i, j, k, m in SequenceMatcher(None, gone, came, autojunk=False).get_opcodes():
            yield tag, range(begin + i, begin + j), range(begin + k, begin + m)
    if end:
        yield "equal", range(len(old) - end, len(old)), range(len(new) - end, len(new))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many elements they begin with that are the same."""
    most = min(len(one), len(other))
    return next((i for i in range(most) if one[i] != other[i]), most)


def _hunks(told: list[Line]) -> Iterator[str]:
    """The lines that changed with a little around them, each stretch under its path."""
    near = bytearray(len(told))
    for i, line in enumerate(told):
        if line.sign != " ":
            begin = max(0, i - CONTEXT)
            near[begin : i + CONTEXT + 1] = b"\1" * len(near[begin : i + CONTEXT + 1])
    i = 0
    while i < len(told):
        if not near[i]:
            i += 1
            continue
        j = i
        while j < len(told) and near[j]:
            j += 1
        yield from _hunk(told[i:j])
        i = j


def _hunk(stretch: list[Line]) -> Iterator[str]:
    paths = [line.path for line in stretch if line.sign != " "]
    # What is common to the first and the last in order is common to all.
    least, most = min(paths), max(paths)
    yield f"@@ {written(least[: _shared(least, most)]) or '.'} @@"
    outer = min(line.indent for line in stretch)
    for line in stretch:
        yield f"{line.sign} {' ' * (line.indent - outer)}{line.text}"
