"""What the pages say about the repository: their links, and the map of its folders."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MAPPED = ("components", "tools")
"""Folders whose packages and modules the map names one by one."""


@cache
def tracked_files() -> frozenset[str]:
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    return frozenset(filter(None, listed.split("\0")))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_the_readme_links_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.name == "README.md" or f"({page.relative_to(ROOT)})" in readme


def folders_on_the_map() -> set[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    return {path for row in rows for path in re.findall(r"`(.*?)`", row)}


def test_what_the_map_names_exists() -> None:
    paths = folders_on_the_map()
    assert paths
    for path in paths:
        assert (ROOT / path).is_dir() if path.endswith("/") else path in tracked_files(), path


def test_every_folder_package_and_module_is_on_the_map() -> None:
    named = folders_on_the_map()
    for file in tracked_files():
        parts = Path(file).parts
        if len(parts) > 1 and parts[0] not in (".ci", ".github") and parts[-1] != "__init__.py":
            entry = "/".join(parts[: 2 if parts[0] in MAPPED else 1])
            assert any(
                path.rstrip("/") == entry or path.startswith(f"{entry}/") for path in named
            ), file
