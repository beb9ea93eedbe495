"""Sentences of the report that contain names from a preview."""

from collections.abc import Collection
from dataclasses import dataclass

from tools.report.escape import inline_code


@dataclass(frozen=True)
class Sentence:
    """A text of the report with a `{}` for each name, which may be any text from the preview."""

    text: str
    names: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The sentence as Markdown, with escaped names as code."""
        return self.text.format(*(inline_code(name) for name in self.names))

    def plain(self) -> str:
        """The sentence as plain text."""
        return self.text.format(*self.names)


def sentence(text: str, *names: str) -> Sentence:
    """The sentence `text` with `names` in place of its `{}`."""
    return Sentence(text, names)


def concat(*sentences: Sentence) -> Sentence:
    """Sentences, or parts of one, one after the other."""
    return Sentence(
        "".join(part.text for part in sentences),
        tuple(name for part in sentences for name in part.names),
    )


def plural(number: int, singular: str, plural_form: str = "") -> str:
    """A number with its noun: `1 object`, `2 objects`."""
    return f"{number:,} {singular if number == 1 else plural_form or f'{singular}s'}"


def enumeration(words: Collection[str]) -> str:
    """Words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def is_plain_words(reason: str) -> bool:
    """Whether a reason for a restart is safe as it is, unlike the name of an unknown field."""
    return reason.replace(" ", "").isalpha()
