"""Imports go one way along the line from inputs to resources."""

import ast
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGES = ("kube", "inputs", "chart", "manifests", "failures", "deploy")
"""Each may import from those before it and from itself."""
FACTS = {"cache", "chart_versions", "fast_yaml", "files", "messages", "naming", "services"}
"""Modules beside the packages, which any of them may import."""
FILES = sorted((ROOT / "components").rglob("*.py"))


def imported(file: Path) -> set[str]:
    """The first names below `components` that a file imports."""
    modules = [
        node.module or ""
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
    ]
    return {module.split(".")[1] for module in modules if module.startswith("components.")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_imports_only_what_comes_before_it(file: Path) -> None:
    package = file.parent.name
    if package in PACKAGES:
        allowed = {*PACKAGES[: PACKAGES.index(package) + 1], *FACTS}
    elif file.stem in FACTS:
        allowed = FACTS
    else:
        allowed = {*PACKAGES, *FACTS}
    assert imported(file) <= allowed


def test_every_package_is_in_the_order() -> None:
    assert {file.parent.name for file in FILES} - {"components"} == set(PACKAGES)
