"""Figures: tables of what was measured, kept in `docs/figures.md` with the machine and the day."""

import datetime as dt
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

FILE = Path(__file__).parents[2] / "docs" / "figures.md"
_HEAD = """# Figures

What was measured, by the command above each table, on the machine and the day that it names.
"""
_GIB = 2**30


@dataclass
class Section:
    """One table, and the command that measures it."""

    title: str
    command: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def show(self, console: Console) -> None:
        """Prints the table."""
        table = Table(*self.columns, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def save(self, file: Path = FILE) -> None:
        """Writes the table in the place of the last one of its title; all others stay."""
        text = file.read_text(encoding="utf-8") if file.exists() else _HEAD
        head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
        kept = {section.partition("\n")[0]: section.strip() for section in sections}
        kept[f"## {self.title}"] = self._markdown()
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n\n".join([head.strip(), *kept.values()]) + "\n", encoding="utf-8")

    def _markdown(self) -> str:
        today = dt.datetime.now(tz=dt.UTC).date().isoformat()
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, *self.rows)]
        lines.insert(1, "|---" * len(self.columns) + "|")
        begin = f"## {self.title}\n\n`{self.command}`, {today}: {machine()}.\n\n"
        return begin + "\n".join(lines)


def machine() -> str:
    """What it ran on, in words."""
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
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()
