"""Keeps a document below a length by omitting whole sections, least important first."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Priority(IntEnum):
    """How long a section is kept; sections of the lowest priority are omitted first."""

    ADDED_OBJECT = 0
    CHANGED_OBJECT = 1
    DIAGRAM = 2
    ROLLOUT = 3
    REMOVED_OBJECT = 4
    DOWNTIME = 5
    RISKY_OBJECT = 6
    NOTE = 7
    ERROR = 8
    RISK = 9
    TABLE = 10
    ALWAYS = 11


@dataclass(frozen=True)
class Section:
    """A part of the document that is shown as a whole or not at all."""

    text: str
    priority: Priority = Priority.ALWAYS
    noun: str = ""
    """What it is counted as when it is omitted, such as `object`."""
    stack: str = ""


DescribeOmitted = Callable[[Counter[str]], str]
"""Describes the omitted sections of a stack, given their numbers by noun."""


def truncate(
    sections: Sequence[Section],
    limit: int | None,
    describe_omitted: DescribeOmitted,
) -> str:
    """The document made of `sections`, in their order, with as few of them omitted as possible.

    Sections that are longer than the limit are omitted first, whatever their priority. After the
    sections of each stack follows a description of those that are omitted.

    Args:
        sections: All sections of the document.
        limit: The maximum number of characters; None for no limit. It can be exceeded only if the
            sections that are always shown exceed it.
        describe_omitted: Describes the omitted sections of a stack.
    """
    text = _join(sections, set(), describe_omitted)
    if limit is None or len(text) <= limit:
        return text
    candidates = [
        i for i, section in enumerate(sections) if section.priority is not Priority.ALWAYS
    ]
    candidates.sort(key=lambda i: (len(sections[i].text) <= limit, sections[i].priority, -i))
    omitted: set[int] = set()
    length = len(text)
    for i in candidates:
        omitted.add(i)
        length -= len(sections[i].text) + 2
        # A lower bound, as descriptions add to it; joining every time would be slow.
        if length <= limit:
            text = _join(sections, omitted, describe_omitted)
            if len(text) <= limit:
                return text
    return _join(sections, omitted, describe_omitted)


def _join(sections: Sequence[Section], omitted: set[int], describe_omitted: DescribeOmitted) -> str:
    parts = []
    nouns: Counter[str] = Counter()
    for i, section in enumerate(sections):
        if i in omitted:
            nouns[section.noun] += 1
        else:
            parts.append(section.text)
        is_last_of_stack = i + 1 == len(sections) or sections[i + 1].stack != section.stack
        if is_last_of_stack and nouns:
            parts.append(describe_omitted(nouns))
            nouns = Counter()
    return "\n\n".join(part for part in parts if part) + "\n"
