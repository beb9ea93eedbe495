"""Which chart a release is rendered from, as the config says it."""

import hashlib
from pathlib import Path

import pytest

from components.cache import CACHE_VARIABLE
from tests.support.components import ABOUT, packed
from tests.support.helm_repository import Repository
from tools.adopt import chart_source
from tools.adopt.chart_source import find_chart
from tools.errors import ToolError
from tools.simulation.simulation import SIMULATION_CHART

PACKAGE = packed({**ABOUT, "Chart.yaml": b"name: rocketchat\nversion: 6.1.0\nappVersion: 6.6.4\n"})
DIGEST = hashlib.sha256(PACKAGE).hexdigest()
PINNED = {"version": "6.1.0", "digest": DIGEST}


@pytest.fixture(autouse=True)
def _official(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_source, "REPOSITORY", repository.url)
    monkeypatch.setattr("components.inputs.spec.REPOSITORY", repository.url)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def test_any_version_is_pinned_by_the_digest_in_the_index(
    repository: Repository, tmp_path: Path
) -> None:
    repository.serve_chart(PACKAGE, "6.1.0")
    chart, path = find_chart(None, "6.1.0", tmp_path, simulated=False)
    assert chart == PINNED
    assert path.read_bytes() == PACKAGE
    with pytest.raises(ToolError, match=r"has no version 6.2.0.*Or give the package by --chart"):
        find_chart(None, "6.2.0", tmp_path, simulated=False)


def test_an_official_package_is_named_by_its_version_and_needs_no_download(
    repository: Repository, tmp_path: Path
) -> None:
    repository.serve_chart(PACKAGE, "6.1.0")
    package = tmp_path / "downloaded.tgz"
    package.write_bytes(PACKAGE)
    assert find_chart(str(package), None, tmp_path, simulated=False)[0] == PINNED
    repository.responses.clear()
    assert (tmp_path / "cache" / "charts" / f"{DIGEST}.tgz").read_bytes() == PACKAGE


def test_any_other_chart_is_named_by_a_path_from_the_program(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.mkdir()
    package = tmp_path / "own.tgz"
    package.write_bytes(PACKAGE)
    chart, _ = find_chart(str(package), None, program, simulated=False)
    assert chart == {"path": "../own.tgz"}
    chart, _ = find_chart(str(SIMULATION_CHART), None, SIMULATION_CHART.parent, simulated=False)
    assert chart == {"path": SIMULATION_CHART.name}
