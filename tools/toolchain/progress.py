"""What is shown while a tool is built: a moving line on a terminal, two plain ones elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .catalogue import Tool


def say(console: Console, line: str) -> None:
    """Print one line as it is: unwrapped, uncoloured, brackets and all."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def building(console: Console, tool: Tool, *, left: int, since: float) -> Iterator[None]:
    """Show that a tool is being built, `left` more to come, the first begun at `since`.

    When the body raises, nothing is said: the error tells.
    """
    begun = monotonic()
    what = f"{tool.label} ({left} left after it)"
    if console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            progress.add_task(f"Building {what}", total=None)
            yield
    else:
        say(console, f"Building {what} …")
        yield
    now = monotonic()
    spent, total = _clock(now - begun), _clock(now - since)
    say(console, f"Built {tool.label} in {spent}; {left} left, {total} so far.")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
