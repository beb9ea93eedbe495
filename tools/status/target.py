"""What the status is about: a stack, a stack on the simulated cluster, or a context."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from components.kube.api import Api, ApiError, connect
from tools.errors import ToolError
from tools.simulation.simulation import Simulation
from tools.status.collect import Access, collect
from tools.status.compare import service_statuses
from tools.status.desired import Desired, from_cluster, from_state
from tools.status.observed import Observed, observe
from tools.status.people import count_people
from tools.status.report import People, Report
from tools.status.stack import Stack
from tools.status.workspace import Login

Reader = Callable[[Api], tuple[Desired, Observed]]
"""Reads the desired and the observed state."""


@dataclass(frozen=True)
class Target:
    """One workspace to report on; close it, or use it in a `with`."""

    api: Api
    read: Reader
    access: Access

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.__exit__()

    def report(self) -> Report:
        """Returns the current status.

        Raises:
            ToolError: If it can't be determined.
        """
        desired, observed = self.read(self.api)
        return collect(self.api, desired, observed, self.access)

    def people(self) -> People | None:
        """Returns the people on its ddp-streamers; None if none of them said.

        Raises:
            ToolError: If the workspace can't be read.
        """
        desired, observed = self.read(self.api)
        services = service_statuses(desired, observed, datetime.now(UTC))
        return count_people(self.api, desired, services)[1]


def stack_target(
    name: str,
    context: str | None = None,
    url: str | None = None,
    login: Login | None = None,
    folder: Path | None = None,
) -> Target:
    """Returns a stack of the project in `folder`, by default in the current one."""
    stack = Stack(name, folder or Path.cwd())
    try:
        api = stack.cluster(context)
    except ApiError as error:
        raise ToolError(f"Stack {name}: {error}") from None
    return Target(api, _state_reader(stack), Access(url, login))


def simulated_target(
    simulation: Simulation, name: str, url: str | None, login: Login | None
) -> Target:
    """Returns a stack on the simulated cluster of a checkout."""
    if not simulation.cluster.kubeconfig.exists() or not simulation.project_folder.exists():
        raise ToolError(f"There is no simulated cluster. Start it: `make up STACK={name}`.")
    stack = _simulated_stack(simulation, name)
    access = Access(url, login, simulated=True)
    return Target(simulation.cluster.api(), _state_reader(stack), access)


def context_target(
    context: str,
    namespace: str,
    release: str,
    url: str | None,
    login: Login | None,
) -> Target:
    """Returns a release in a namespace of the cluster that a kubeconfig's context names."""

    def read(api: Api) -> tuple[Desired, Observed]:
        observed = observe(api, namespace)
        desired = from_cluster(
            observed.workloads,
            title=f"context {context}",
            namespace=namespace,
            release=release,
        )
        return desired, observed

    try:
        api = connect(context)
    except ApiError as error:
        raise ToolError(f"{str(error)[:1].upper()}{str(error)[1:]}") from None
    return Target(api, read, Access(url, login))


def unready_workloads(simulation: Simulation, name: str) -> list[str]:
    """Returns a line for each workload of a stack on the simulated cluster that isn't ready.

    Desired is what the workloads' own specs say: after an update that failed, the stack's state
    has the previous ones.
    """
    deployed = from_state(simulation.state(name), name)
    with simulation.cluster.api() as api:
        observed = observe(api, deployed.namespace)
    desired = from_cluster(
        observed.workloads,
        title=deployed.title,
        namespace=deployed.namespace,
        release=deployed.release,
    )
    statuses = service_statuses(desired, observed, datetime.now(UTC))
    return [f"{status.workload}: {status.problem}" for status in statuses if status.problem]


def _simulated_stack(simulation: Simulation, name: str) -> Stack:
    return Stack(name, simulation.project_folder, simulation.environment())


def _state_reader(stack: Stack) -> Reader:
    def read(api: Api) -> tuple[Desired, Observed]:
        desired = from_state(stack.state(), stack.name)
        return desired, observe(api, desired.namespace)

    return read
