"""Shows that a tool is being built: a moving line on a terminal, two plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tools.toolchain.catalogue import Tool


def print_line(console: Console, line: str) -> None:
    """Prints one line as it is, neither wrapped nor highlighted."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def show_build(console: Console, tool: Tool, *, remaining: int, since: float) -> Iterator[None]:
    """Shows a build while the body runs. If the body raises, the error says enough.

    Args:
        console: Where to show it.
        tool: What is built.
        remaining: How many tools are still to be built after this one.
        since: When the first build began, as `time.monotonic` counts.
    """
    begin = monotonic()
    description = f"{tool.label} ({remaining} left after it)"
    if console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            progress.add_task(f"Building {description}", total=None)
            yield
    else:
        print_line(console, f"Building {description} …")
        yield
    now = monotonic()
    duration, total = _format_duration(now - begin), _format_duration(now - since)
    print_line(console, f"Built {tool.label} in {duration}; {remaining} left, {total} so far.")


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
