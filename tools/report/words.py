"""Sentences of ours with names of others in them."""

import html
import re
import textwrap
from collections.abc import Collection
from dataclasses import dataclass

LONGEST_NAME = 253
"""Kubernetes takes no longer name; a longer text is cut where it is named."""

WIDTH = 100
"""Columns of a comment, more or less."""

_HARMLESS = re.compile(
    r"[A-Za-z0-9_./:@=+\[\]\"(){}, $#%-]*[A-Za-z0-9_./:@=+\[\]\"(){}$#%-]", re.ASCII
)
"""What Markdown shows as it stands between two backticks, in a table too."""


@dataclass(frozen=True)
class Sentence:
    """A text with a `{}` for each name; the text is ours, and the names are anyone's."""

    text: str
    names: tuple[str, ...] = ()

    def markdown(self) -> str:
        """As Markdown, names as code."""
        return self.text.format(*(code(name) for name in self.names))

    def plain(self) -> str:
        """As text."""
        return self.text.format(*self.names)


def say(text: str, *names: str) -> Sentence:
    """A sentence with `names` in it."""
    return Sentence(text, names)


def joined(*sentences: Sentence) -> Sentence:
    """Sentences, or parts of one, behind each other."""
    return Sentence(
        "".join(one.text for one in sentences),
        tuple(name for one in sentences for name in one.names),
    )


def code(text: str) -> str:
    """Any text as code within a line of Markdown, in a table too."""
    text = one_line(text)
    if _HARMLESS.fullmatch(text) and not text.startswith(" "):
        return f"`{text}`"
    # An entity is no syntax, whatever it stands for.
    return f"<code>{''.join(map(_entity, text)) or ' '}</code>"


def html_code(text: str) -> str:
    """Any text as code where Markdown isn't read, such as in a summary."""
    return f"<code>{html.escape(one_line(text))}</code>"


def one_line(text: str) -> str:
    """A text as a name on one line, with nothing unseen in it, and no longer than names are."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def fenced(text: str, language: str = "") -> str:
    """Any text between fences that are longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def wrapped(text: str) -> str:
    """A message with its long lines folded: a reader of a comment would have to scroll them."""
    folded = []
    for line in text.expandtabs(2).splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        folded += textwrap.wrap(
            line,
            WIDTH,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(folded)


def many(number: int, one: str, several: str = "") -> str:
    """`1 object`, `2 objects`."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def listed(words: Collection[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} {joint} {last}" if most else last


def _entity(char: str) -> str:
    return char if char.isalnum() or char in " -" else f"&#{ord(char)};"
