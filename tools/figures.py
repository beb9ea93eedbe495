"""Tables of measurements, saved in `docs/figures.md` with the machine and the day."""

import datetime as dt
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock
from rich.console import Console
from rich.table import Table

from tools.checkout import CHECKOUT
from tools.output import write

FILE = CHECKOUT / "docs" / "figures.md"
_HEAD = """# Figures

What was measured, by the command above each table, on the machine that it names.
"""
_GIB = 2**30


@dataclass
class Section:
    """One table, and the command that measures it."""

    title: str
    command: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    key_columns: int = 1
    """How many of the first columns identify a row."""

    def show(self, console: Console) -> None:
        """Prints the table."""
        table = Table(*self.columns, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def save(self, file: Path = FILE) -> None:
        """Replaces the rows in `file` that have the same keys; others stay.

        A table is of one machine: rows that another machine measured are removed.
        """
        file.parent.mkdir(exist_ok=True)
        with FileLock(f"{file}.lock"):
            text = file.read_text(encoding="utf-8") if file.exists() else _HEAD
            head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
            by_title = {section.partition("\n")[0]: section.strip() for section in sections}
            title = f"## {self.title}"
            by_title[title] = self._to_markdown(by_title.get(title, ""))
            write(file, "\n\n".join([head.strip(), *by_title.values()]) + "\n")

    def _to_markdown(self, existing: str) -> str:
        intro = f"## {self.title}\n\n`{self.command}`, {machine()}."
        today = dt.datetime.now(tz=dt.UTC).date().isoformat()
        header = (*self.columns, "measured on")
        rows = {tuple(row[: self.key_columns]): (*row, today) for row in self.rows}
        if existing.startswith(intro):
            lines = existing.splitlines()[5:]
            old_rows = [tuple(line.strip("| ").split(" | ")) for line in lines if "|" in line]
            # A row that was measured again keeps its place.
            rows = {
                row[: self.key_columns]: row for row in old_rows if len(row) == len(header)
            } | rows
        lines = [f"| {' | '.join(row)} |" for row in (header, *rows.values())]
        lines.insert(1, "|---" * len(header) + "|")
        return f"{intro}\n\n" + "\n".join(lines)


def machine() -> str:
    """Returns a description of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    model = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return model[1].strip() if model else platform.machine()
