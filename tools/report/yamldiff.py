"""Unified diffs of two versions of an object, in YAML."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from tools.report.yamltext import (
    Path,
    YamlLine,
    add_dash,
    block_indicator,
    block_lines,
    entry_lines,
    find_merge_key,
    format_path,
    item_step,
    key_step,
    ordered_keys,
    scalar,
    value_lines,
)

CONTEXT_LINES = 2
"""Unchanged lines shown before and after each change."""
_MAX_COMPARED = 2000
"""Longer sequences are shown as replaced, since comparing them line by line is slow."""


class DiffLine(NamedTuple):
    """One line of a diff; its sign is `-`, `+` or a space."""

    sign: str
    indent: int
    text: str
    path: Path


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The differences, each with its path in front; empty if there are none."""
    return "\n".join(_hunks(list(_diff_objects(old, new, (), 0))))


def whole(value: Mapping[str, Any], sign: str) -> str:
    """The diff of an object that is added (`+`) or removed (`-`)."""
    return "\n".join(f"{sign} {' ' * line.indent}{line.text}" for line in value_lines(value))


def _with_sign(sign: str, lines: list[YamlLine]) -> list[DiffLine]:
    return [DiffLine(sign, *line) for line in lines]


def _diff_objects(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    path: Path,
    indent: int,
    first_key: str | None = None,
) -> Iterator[DiffLine]:
    keys = [*ordered_keys(new, first_key), *(key for key in old if key not in new)]
    # Removed keys are shown where they were, not at the end.
    if old.keys() - new.keys():
        keys = sorted(keys, key=lambda key: (key != first_key, key))
    for key in keys:
        entry_path = (*path, key_step(key))
        if key not in old:
            yield from _with_sign("+", entry_lines(key, new[key], entry_path, indent))
        elif key not in new:
            yield from _with_sign("-", entry_lines(key, old[key], entry_path, indent))
        else:
            yield from _diff_entry(key, old[key], new[key], entry_path, indent)


def _diff_entry(key: str, old: Any, new: Any, path: Path, indent: int) -> Iterator[DiffLine]:  # noqa: ANN401 - JSON
    if old == new and type(old) is type(new):
        yield from _with_sign(" ", entry_lines(key, new, path, indent))
        return
    prefix = f"{scalar(key)}:"
    if _are_nonempty(Mapping, old, new):
        yield DiffLine(" ", indent, prefix, path)
        yield from _diff_objects(old, new, path, indent + 2)
    elif _are_nonempty(list, old, new):
        yield DiffLine(" ", indent, prefix, path)
        yield from _diff_arrays(old, new, path, indent)
    elif block_lines(old) is not None and block_lines(new) is not None:
        yield from _diff_blocks(prefix, old, new, path, indent)
    else:
        yield from _with_sign("-", entry_lines(key, old, path, indent))
        yield from _with_sign("+", entry_lines(key, new, path, indent))


def _diff_blocks(prefix: str, old: str, new: str, path: Path, indent: int) -> Iterator[DiffLine]:
    if block_indicator(old) == block_indicator(new):
        yield DiffLine(" ", indent, f"{prefix} {block_indicator(new)}", path)
    else:
        yield DiffLine("-", indent, f"{prefix} {block_indicator(old)}", path)
        yield DiffLine("+", indent, f"{prefix} {block_indicator(new)}", path)
    before, after = block_lines(old) or [], block_lines(new) or []
    for tag, old_range, new_range in _align(before, after):
        if tag == "equal":
            yield from (DiffLine(" ", indent + 2, after[i], path) for i in new_range)
        else:
            yield from (DiffLine("-", indent + 2, before[i], path) for i in old_range)
            yield from (DiffLine("+", indent + 2, after[i], path) for i in new_range)


def _diff_arrays(old: list[Any], new: list[Any], path: Path, indent: int) -> Iterator[DiffLine]:
    merge_key = find_merge_key(old, new)

    def identity(item: object) -> str:
        if merge_key is not None and isinstance(item, Mapping):
            return str(item[merge_key])
        return json.dumps(item, sort_keys=True)

    def items(sign: str, array: list[Any], indexes: range) -> Iterator[DiffLine]:
        for i in indexes:
            item_path = (*path, item_step(merge_key, array[i], i))
            lines = value_lines(array[i], item_path, indent + 2, merge_key)
            yield from _with_sign(sign, add_dash(lines))

    for tag, old_range, new_range in _align(list(map(identity, old)), list(map(identity, new))):
        similar = len(old_range) == len(new_range) and all(
            _is_similar(old[i], new[j]) for i, j in zip(old_range, new_range, strict=True)
        )
        if tag == "equal" or similar:
            for i, j in zip(old_range, new_range, strict=True):
                item_path = (*path, item_step(merge_key, new[j], j))
                yield from _diff_items(old[i], new[j], item_path, indent, merge_key)
        else:
            yield from items("-", old, old_range)
            yield from items("+", new, new_range)


def _diff_items(
    old: Any,  # noqa: ANN401 - JSON
    new: Any,  # noqa: ANN401 - JSON
    path: Path,
    indent: int,
    merge_key: str | None,
) -> Iterator[DiffLine]:
    if old == new and type(old) is type(new):
        yield from _with_sign(" ", add_dash(value_lines(new, path, indent + 2, merge_key)))
    elif _are_nonempty(Mapping, old, new):
        yield from _add_dashes(list(_diff_objects(old, new, path, indent + 2, merge_key)))
    else:
        yield from _with_sign("-", add_dash(value_lines(old, path, indent + 2, merge_key)))
        yield from _with_sign("+", add_dash(value_lines(new, path, indent + 2, merge_key)))


def _add_dashes(lines: list[DiffLine]) -> Iterator[DiffLine]:
    """The diff of an item, with a dash in front of the first line of either version."""
    without_dash = {"-", "+"}
    for line in lines:
        versions = {"-", "+"} if line.sign == " " else {line.sign}
        if versions & without_dash:
            without_dash -= versions
            yield DiffLine(line.sign, line.indent - 2, f"- {line.text}", line.path)
        else:
            yield line


def _is_similar(old: object, new: object) -> bool:
    """Whether at least half of the fields of two objects are the same."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    keys = old.keys() | new.keys()
    same = [key for key in old.keys() & new.keys() if old[key] == new[key]]
    return len(same) * 2 >= len(keys)


def _are_nonempty(type_: type, *values: object) -> bool:
    return all(isinstance(value, type_) and value for value in values)


def _align(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, range, range]]:
    """Equal and unequal stretches of two sequences: a tag of `difflib`, and indexes into each."""
    start = _common_prefix_length(old, new)
    longest = min(len(old), len(new)) - start
    end = next((i for i in range(longest) if old[-1 - i] != new[-1 - i]), longest)
    if start:
        yield "equal", range(start), range(start)
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(old_middle), len(new_middle)) > _MAX_COMPARED:
        yield (
            "replace",
            range(start, start + len(old_middle)),
            range(start, start + len(new_middle)),
        )
    else:
        matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        for tag, i, j, k, m in matcher.get_opcodes():
            yield tag, range(start + i, start + j), range(start + k, start + m)
    if end:
        yield "equal", range(len(old) - end, len(old)), range(len(new) - end, len(new))


def _common_prefix_length(old: Sequence[str], new: Sequence[str]) -> int:
    longest = min(len(old), len(new))
    return next((i for i in range(longest) if old[i] != new[i]), longest)


def _hunks(lines: list[DiffLine]) -> Iterator[str]:
    """The changed lines with their context."""
    shown = bytearray(len(lines))
    for i, line in enumerate(lines):
        if line.sign != " ":
            start, end = max(0, i - CONTEXT_LINES), min(len(lines), i + CONTEXT_LINES + 1)
            shown[start:end] = b"\1" * (end - start)
    start = 0
    while (start := shown.find(1, start)) >= 0:
        end = shown.find(0, start)
        end = len(lines) if end < 0 else end
        yield from _hunk(lines[start:end])
        start = end


def _hunk(lines: list[DiffLine]) -> Iterator[str]:
    """Adjacent lines below the path that their changes have in common."""
    paths = [line.path for line in lines if line.sign != " "]
    # The common prefix of the first and the last path in order is that of all.
    first, last = min(paths), max(paths)
    yield f"@@ {format_path(first[: _common_prefix_length(first, last)]) or '.'} @@"
    outer = min(line.indent for line in lines)
    for line in lines:
        yield f"{line.sign} {' ' * (line.indent - outer)}{line.text}"
