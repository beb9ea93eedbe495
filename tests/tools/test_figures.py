from pathlib import Path

import pytest

from tools import figures
from tools.figures import Section


def save(file: Path, title: str, *rows: tuple[str, str]) -> str:
    Section(title, "make bench", ("what", "measured"), list(rows)).save(file)
    return file.read_text()


def test_a_row_replaces_the_one_with_its_key_on_the_same_machine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "docs" / "figures.md"
    monkeypatch.setattr(figures, "machine", lambda: "one machine")
    save(file, "Speed", ("first", "1.2"), ("second", "3"))
    save(file, "Load", ("fifty", "50"))
    text = save(file, "Speed", ("third", "4"), ("first", "1.1"))
    assert text.startswith("# Figures\n")
    assert text.count("## Speed") == text.count("## Load") == 1
    assert "`make bench`, one machine." in text
    rows = [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| ")]
    assert rows == [
        ["| what", "measured"],
        ["| first", "1.1"],
        ["| second", "3"],
        ["| third", "4"],
        ["| what", "measured"],
        ["| fifty", "50"],
    ]
    monkeypatch.setattr(figures, "machine", lambda: "another machine")
    text = save(file, "Speed", ("first", "0.9"))
    assert "| second |" not in text
    assert "| fifty |" in text
    assert text.count("measured on") == 2


def test_the_machine_is_described() -> None:
    assert "GiB" in figures.machine()
