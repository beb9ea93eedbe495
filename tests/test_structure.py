"""Tests share code through tests/support only."""

import ast
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FILES = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_test_imports_from_another_or_from_a_conftest(file: Path) -> None:
    modules = [
        node.module or ""
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    ]
    imported = [module for module in modules if module.split(".")[0] == "tests"]
    assert [module for module in imported if not module.startswith("tests.support")] == []


def test_there_are_files_to_check() -> None:
    assert ROOT / "tests/support/paths.py" in FILES
