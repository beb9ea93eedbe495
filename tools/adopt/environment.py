"""The cluster and the project of a takeover: the user's own, or the simulated ones."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from components.kube.api import Api, ApiError, connect
from tools.adopt.project import Project
from tools.errors import ToolError
from tools.simulation.simulation import Simulation
from tools.toolchain import ensure


@dataclass(frozen=True)
class Environment:
    """A cluster and a Pulumi project."""

    connect: Callable[[], Api]
    """Returns the cluster; it needn't be there before."""
    project: Callable[[str], Project]
    """Returns the project with the stack of this name."""
    simulated: bool
    program_folder: Path
    """The program's folder, which paths in a config are relative to."""
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
        program_folder=folder,
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
        simulation.cluster.api,
        project,
        simulated=True,
        program_folder=simulation.checkout,
        publish=publish,
    )
