from pathlib import Path

import pytest

from tools import figures
from tools.figures import Section


def test_a_section_takes_its_own_place_and_leaves_the_others(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "docs" / "figures.md"
    for title, measured in (("Speed", "1.2"), ("Load", "50"), ("Speed", "1.1")):
        monkeypatch.setattr(figures, "machine", lambda: "a machine")
        Section(title, "make bench", ("what", "measured"), [("it", measured)]).save(file)
    text = file.read_text()
    assert text.startswith("# Figures\n")
    assert text.count("## Speed") == text.count("## Load") == 1
    assert text.index("## Speed") < text.index("## Load")
    assert "| what | measured |\n|---|---|\n| it | 1.1 |" in text
    assert "1.2" not in text
    assert "`make bench`, 20" in text
    assert ": a machine." in text


def test_the_machine_is_named() -> None:
    assert "GiB" in figures.machine()
