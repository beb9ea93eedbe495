"""Holds a document below a length by leaving out whole sections, the safest first."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Worth(IntEnum):
    """How early a section is left out; the least worth goes first."""

    ADDED = 0
    CHANGED = 1
    PICTURE = 2
    ROLLOUT = 3
    REMOVED = 4
    DOWNTIME = 5
    RISK = 6
    NOTE = 7
    ERROR = 8
    STOP = 9
    TABLE = 10
    ALWAYS = 11


@dataclass(frozen=True)
class Section:
    """A part of the document that is there as a whole or not at all."""

    text: str
    worth: Worth = Worth.ALWAYS
    what: str = ""
    """What is counted where it is left out, such as `object`."""
    group: str = ""
    """Whose it is: the stack's name."""


LeftOut = Callable[[str, Counter[str]], str]
"""Says, for a group, how many of what were left out."""


def within(sections: Sequence[Section], limit: int | None, left_out: LeftOut) -> str:
    """The document, in the order of `sections`, with a sentence where some of a group are missing.

    The sentence stands at the end of its group. What can't fit at all goes before what is safer.
    """
    text = _joined(sections, set(), left_out)
    if limit is None or len(text) <= limit:
        return text
    droppable = [i for i, one in enumerate(sections) if one.worth is not Worth.ALWAYS]
    droppable.sort(key=lambda i: (len(sections[i].text) <= limit, sections[i].worth, -i))
    gone: set[int] = set()
    length = len(text)
    for i in droppable:
        gone.add(i)
        length -= len(sections[i].text) + 2
        # Only where it may fit: joining takes time, and the sentences are short.
        if length <= limit:
            text = _joined(sections, gone, left_out)
            if len(text) <= limit:
                return text
    return _joined(sections, gone, left_out)


def _joined(sections: Sequence[Section], gone: set[int], left_out: LeftOut) -> str:
    parts = []
    missing: Counter[str] = Counter()
    for i, section in enumerate(sections):
        if i in gone:
            missing[section.what] += 1
        else:
            parts.append(section.text)
        last = i + 1 == len(sections) or sections[i + 1].group != section.group
        if last and missing:
            parts.append(left_out(section.group, missing))
            missing = Counter()
    return "\n\n".join(part for part in parts if part) + "\n"
