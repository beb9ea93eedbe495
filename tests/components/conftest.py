"""Fixtures for the component's tests."""

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

from tests.support.components import default_values
from tests.support.helm_repository import repository
from tests.support.mock_engine import Engine

# A test must not fail for a busy machine, and must fail for the same inputs everywhere.
settings.register_profile("components", deadline=None, derandomize=True, database=None)
settings.load_profile("components")
__all__ = ["repository"]


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As much of the official chart's folder as is read here."""
    folder = tmp_path_factory.mktemp("chart")
    about = {"name": "rocketchat", "version": "7.0.2", "appVersion": "8.6.1"}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about))
    (folder / "values.yaml").write_text(yaml.safe_dump(default_values()))
    return folder


@pytest.fixture(params=[True, False], ids=["preview", "up"])
def engine(request: pytest.FixtureRequest, chart: Path, tmp_path: Path) -> Engine:
    """An engine that previews, and one that does it, with a chart that the test may change."""
    return Engine(Path(shutil.copytree(chart, tmp_path / "chart")), preview=request.param)
