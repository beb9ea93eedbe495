"""Shows what is downloaded and built, how much is left, and how long that will take."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

PLAIN_SECONDS = 60.0
"""How often a line says so where no terminal shows a moving one."""


class Display:
    """Lines that stay, and below them, on a terminal, one that moves."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[detail]}", markup=False),
        )
        self._progress: Progress | None = None
        self._printed = monotonic()

    def say(self, line: str) -> None:
        """Prints one line as it is, neither wrapped nor highlighted."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Shows the line that moves while the body runs."""
        self._printed = monotonic()
        if not self._console.is_terminal:
            yield
            return
        with Progress(*self._columns, console=self._console, transient=True) as progress:
            progress.add_task("", total=1, detail="")
            self._progress = progress
            try:
                yield
            finally:
                self._progress = None

    def show(self, description: str, fraction: float, detail: str) -> None:
        """Shows what is being done, and which part of it is done.

        Where no terminal shows a moving line, a line is printed once a minute.
        """
        if self._progress:
            self._progress.update(
                self._progress.task_ids[0],
                description=description,
                completed=min(fraction, 1),
                detail=detail,
            )
        elif monotonic() - self._printed > PLAIN_SECONDS:
            self._printed = monotonic()
            self.say(f"{description}: {detail}")


def format_duration(seconds: float) -> str:
    """Returns a duration in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def format_remaining(seconds: float) -> str:
    """Returns an estimate of a duration, as exact as an estimate is."""
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes else "less than a minute left"
