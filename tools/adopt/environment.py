"""The cluster and the project of a takeover: the user's own, or the simulated ones."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from components.chart import package as charts
from components.chart.repository import UnreachableError
from components.inputs.resolve import resolve_chart
from components.kube.api import Api, ApiError, connect
from tools.adopt.project import Project
from tools.errors import ToolError
from tools.simulation.simulation import SIMULATION_CHART, Simulation
from tools.toolchain import ensure


@dataclass(frozen=True)
class Environment:
    """A cluster and a Pulumi project."""

    connect: Callable[[], Api]
    """Returns the cluster; it needn't be there before."""
    project: Callable[[str], Project]
    """Returns the project with the stack of this name."""
    simulated: bool
    publish: Callable[[Project], Path]
    """Copies the stack's config to where the user edits it, and returns the file's path."""


def own_environment(context: str | None) -> Environment:
    """Returns the cluster of a kubeconfig context, and the project in the current folder.

    Args:
        context: The context; None for the current one.

    Raises:
        ToolError: If there is no project.
    """

    def connect_to_cluster() -> Api:
        try:
            return connect(context)
        except ApiError as error:
            raise ToolError(f"No cluster: {error}") from None

    folder = Path.cwd()
    if not (folder / "Pulumi.yaml").exists():
        raise ToolError(f"{folder} has no Pulumi.yaml. Run this in the program's folder.")
    program = ensure(["pulumi"])["pulumi"]
    return Environment(
        connect_to_cluster,
        lambda stack: Project(stack, folder, program, context=context),
        simulated=False,
        publish=lambda project: project.file.path,
    )


def simulated_environment(simulation: Simulation) -> Environment:
    """Returns the simulated cluster and project of a checkout; starts the cluster if need be."""
    simulation.prepare()
    simulation.cluster.up()
    simulation.unlock()

    def project(stack: str) -> Project:
        simulation.restore(stack)
        return Project(
            stack,
            simulation.project_folder,
            simulation.tools()["pulumi"],
            simulation.environment(),
        )

    def publish(project: Project) -> Path:
        target = simulation.checkout / project.file.name
        shutil.copy(project.file.path, target)
        return target

    return Environment(
        simulation.cluster.api, project, simulated=True, publish=publish
    )


def find_chart(
    path: str | None,
    version: str | None,
    *,
    simulated: bool,
) -> tuple[Mapping[str, Any], Path]:
    """Returns the input `chart`, and the path of that chart.

    Args:
        path: The path of a package or folder; None for the official chart.
        version: The official chart's version; None for the program's default.
        simulated: Whether the simulation's chart may replace an official one that can't be reached.

    Raises:
        ToolError: If the version isn't known or isn't what was pinned.
        pulumi.RunError: If the chart can't be downloaded or read.
    """
    if path is not None:
        absolute = Path(path).resolve()
        chart = charts.load_chart(resolve_chart({"path": str(absolute)}), absolute.parent)
        return {"path": str(absolute)}, chart.path
    official = {"version": version} if version else {}
    try:
        return official, charts.load_chart(resolve_chart(official), Path.cwd()).path
    except UnreachableError:
        if not simulated:
            raise
        return {"path": str(SIMULATION_CHART)}, SIMULATION_CHART
    except pulumi.RunError as error:
        raise ToolError(f"{error} Or give the package by --chart.") from None
