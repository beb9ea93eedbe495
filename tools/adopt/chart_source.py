"""The chart of a release or of a file of values, and the input `chart` that says which it is."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.chart import package as charts
from components.chart.repository import UnreachableError, index_digest
from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.resolve import resolve_chart
from tools.errors import ToolError
from tools.simulation.simulation import SIMULATION_CHART

_VERSIONS = {digest: version for version, digest in CHART_DIGESTS.items()}
_DEFAULT_VERSION = next(iter(CHART_DIGESTS))

ChartInput = Mapping[str, str]
"""The input `chart`; empty for the program's default."""


def find_chart(
    path: str | None, version: str | None, program_folder: Path, *, simulated: bool
) -> tuple[ChartInput, Path]:
    """Returns the input `chart`, and the path of that chart.

    Args:
        path: The path of a package or folder; None for the official chart.
        version: The official chart's version; None for the program's default.
        program_folder: The folder that a path in the input is relative to.
        simulated: Whether the simulation's chart may replace an official one that can't be reached.

    Raises:
        ToolError: If the version isn't in the repository or isn't what was pinned.
        pulumi.RunError: If the chart can't be downloaded or read.
    """
    if path is not None:
        chart = charts.load_chart(resolve_chart({"path": str(Path(path).resolve())}), Path.cwd())
        return _input_of(chart, program_folder), chart.path
    try:
        official = _pin(version or _DEFAULT_VERSION)
        return official, charts.load_chart(resolve_chart(official), program_folder).path
    except UnreachableError:
        if not simulated:
            raise
        return {"path": _relative(SIMULATION_CHART, program_folder)}, SIMULATION_CHART
    except pulumi.RunError as error:
        raise ToolError(f"{error} Or give the package by --chart.") from None


def _pin(version: str) -> ChartInput:
    """Returns the input for an official version, with the digest that the repository has for it."""
    if version in CHART_DIGESTS:
        return _known(version)
    digest = index_digest(REPOSITORY, version)
    if not digest:
        raise ToolError(f"chart.version: the index of {REPOSITORY} has no digest of {version}.")
    return {"version": version, "digest": digest}


def _known(version: str) -> ChartInput:
    return {} if version == _DEFAULT_VERSION else {"version": version}


def _input_of(chart: charts.Chart, program_folder: Path) -> ChartInput:
    """Returns the input for a chart on this machine, by its version if it is an official one."""
    if chart.path.is_file():
        content = chart.path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if _is_official(chart.version, digest):
            # The next preview needs no download, then.
            charts.keep_package(content)
            known = digest in _VERSIONS
            return _known(chart.version) if known else {"version": chart.version, "digest": digest}
    return {"path": _relative(chart.path, program_folder)}


def _is_official(version: str, digest: str) -> bool:
    if digest in _VERSIONS:
        return True
    try:
        return index_digest(REPOSITORY, version) == digest
    except pulumi.RunError:
        return False


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder.resolve())
