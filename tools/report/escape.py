"""Escapes text from a preview, so that it can't turn into Markdown or HTML of the report."""

import html
import re
import textwrap

MAX_NAME_LENGTH = 253
"""The longest name in Kubernetes; longer text is cut where it is shown as a name."""
LINE_WIDTH = 100
"""The columns of a comment on GitHub, approximately."""

_SAFE_IN_BACKTICKS = re.compile(
    r"[A-Za-z0-9_./:@=+\[\]\"(){}, $#%-]*[A-Za-z0-9_./:@=+\[\]\"(){}$#%-]", re.ASCII
)
"""What Markdown shows unchanged between two backticks, even in a table."""


def inline_code(text: str) -> str:
    """Any text as code within a line of Markdown, even in a table."""
    text = one_line(text)
    if _SAFE_IN_BACKTICKS.fullmatch(text) and not text.startswith(" "):
        return f"`{text}`"
    # Markdown doesn't interpret an entity, whichever character it stands for.
    return f"<code>{''.join(map(_entity, text)) or ' '}</code>"


def html_code(text: str) -> str:
    """Any text as code within HTML, such as a `<summary>`, where Markdown isn't interpreted."""
    return f"<code>{html.escape(one_line(text))}</code>"


def one_line(text: str) -> str:
    """Text as a name on one line: without unprintable characters, and cut to a name's length."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return text if len(text) <= MAX_NAME_LENGTH else f"{text[: MAX_NAME_LENGTH - 1]}…"


def code_block(text: str, language: str = "") -> str:
    """Any text as a fenced code block whose fences are longer than any in the text."""
    longest = max((len(backticks) for backticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def details(summary: str, body: str) -> str:
    """A collapsed part of the document: both arguments have to be escaped already."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def wrap(text: str) -> str:
    """A message with long lines wrapped, as a comment doesn't wrap lines of a code block."""
    wrapped = []
    for line in text.expandtabs(2).splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped += textwrap.wrap(
            line,
            LINE_WIDTH,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(wrapped)


def _entity(char: str) -> str:
    return char if char.isalnum() or char in " -" else f"&#{ord(char)};"
