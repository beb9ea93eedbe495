"""Where a takeover happens: the person's own cluster and project, or the simulated ones."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from components.chart import package as charts
from components.chart.repository import UnreachableError
from components.inputs.spec import resolve_chart
from tools.adopt.errors import AdoptError
from tools.adopt.project import Project
from tools.simulation.workspace import OWN_CHART, Workspace
from tools.status.api import Api, ApiError, connect
from tools.toolchain import ensure


@dataclass(frozen=True)
class Place:
    """A cluster, a project, and what else a takeover needs to know of them."""

    api: Api
    project: Callable[[str], Project]
    simulated: bool
    finish: Callable[[Project], Path]
    """Puts the config where people keep it, and returns where that is."""


def own(context: str | None) -> Place:
    """The project in the current folder, and a context of the person's kubeconfig."""
    try:
        api = connect(context)
    except ApiError as error:
        raise AdoptError(f"No cluster: {error}") from None
    folder = Path.cwd()
    if not (folder / "Pulumi.yaml").exists():
        raise AdoptError(f"{folder} has no Pulumi.yaml. Run this in the program's folder.")
    program = ensure(["pulumi"])["pulumi"]
    return Place(
        api,
        lambda stack: Project(stack, folder, program, context=context),
        simulated=False,
        finish=lambda project: project.file,
    )


def simulated(workspace: Workspace) -> Place:
    """The simulated project and cluster of a checkout, started if need be."""
    workspace.prepare()
    workspace.cluster.up()
    workspace.unlock()

    def project(stack: str) -> Project:
        workspace.restore(stack)
        return Project(
            stack,
            workspace.project_folder,
            workspace.tools()["pulumi"],
            workspace.environment(),
        )

    def finish(project: Project) -> Path:
        target = workspace.checkout / project.file.name
        shutil.copy(project.file, target)
        return target

    return Place(Api(workspace.cluster.client()), project, simulated=True, finish=finish)


def chart_of(
    given: str | None,
    version: str | None,
    *,
    simulated: bool,
) -> tuple[Mapping[str, Any], Path]:
    """The input `chart` for a package or folder, or for a version of the official chart."""
    if given is not None:
        path = Path(given).resolve()
        found = charts.load_chart(resolve_chart({"path": str(path)}), path.parent)
        return {"path": str(path)}, found.path
    wanted = {"version": version} if version else {}
    try:
        return wanted, charts.load_chart(resolve_chart(wanted), Path.cwd()).path
    except UnreachableError:
        if not simulated:
            raise
        return {"path": str(OWN_CHART)}, OWN_CHART
    except pulumi.RunError as error:
        raise AdoptError(f"{error} Or give the package by --chart.") from None
