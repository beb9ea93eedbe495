"""Fixtures for the tests of the chart's package."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.components import ABOUT, packed


@pytest.fixture
def write_chart(tmp_path: Path) -> Callable[..., Path]:
    """Writes a chart with these files as the package `chart.tgz` or as the folder `chart`."""

    def write(files: dict[str, bytes] | None = None, *, package: bool) -> Path:
        contents = {**ABOUT, **(files or {})}
        if package:
            path = tmp_path / "chart.tgz"
            path.write_bytes(packed(contents))
            return path
        for name, content in contents.items():
            file = tmp_path / "chart" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return tmp_path / "chart"

    return write
