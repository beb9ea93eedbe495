"""What is asked about: a stack, a stack on the simulated cluster, or a context."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tools.errors import ToolError
from tools.simulation.workspace import Workspace
from tools.status import observed
from tools.status.api import Api, ApiError, connect
from tools.status.collect import Where, collect
from tools.status.compare import services
from tools.status.desired import Asked, from_cluster, from_state
from tools.status.observed import Seen
from tools.status.report import Report
from tools.status.stack import Stack
from tools.status.workspace import Login


@dataclass(frozen=True)
class Target:
    """One workspace to report on; close it, or use it in a `with`."""

    api: Api
    asked: Callable[[Api], tuple[Asked, Seen]]
    where: Where

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.__exit__()

    def report(self) -> Report:
        """The status now. Raises `ToolError` where it can't be told."""
        asked, found = self.asked(self.api)
        return collect(self.api, asked, found, self.where)


def of_stack(name: str, context: str | None, url: str | None, login: Login | None) -> Target:
    """A stack of the project in the current folder."""
    stack = Stack(name, Path.cwd())
    try:
        api = stack.cluster(context)
    except ApiError as error:
        raise ToolError(f"Stack {name}: {error}") from None
    return Target(api, _of_state(stack), Where(url, login))


def of_simulated(workspace: Workspace, name: str, url: str | None, login: Login | None) -> Target:
    """A stack on the simulated cluster of a checkout."""
    if not workspace.cluster.kubeconfig.exists() or not workspace.project_folder.exists():
        raise ToolError(f"There is no simulated cluster. Start it: `make up STACK={name}`.")
    stack = Stack(name, workspace.project_folder, workspace.environment())
    where = Where(url, login, simulated=True)
    return Target(Api(workspace.cluster.client()), _of_state(stack), where)


def stuck(workspace: Workspace, name: str) -> list[str]:
    """A line for each workload of a stack on the simulated cluster that isn't there in full.

    They are held against what the cluster was last told: after an update that failed the state
    says what was asked for before.
    """
    wanted = from_state(
        Stack(name, workspace.project_folder, workspace.environment()).state(), name
    )
    place = {"namespace": wanted.namespace, "release": wanted.release}
    with Api(workspace.cluster.client()) as api:
        found = observed.read(api, wanted.namespace)
    told = from_cluster(found.workloads, title=wanted.title, **place)
    each = services(told, found, datetime.now(UTC))
    return [f"{one.workload}: {one.trouble}" for one in each if one.trouble]


def of_context(
    context: str,
    namespace: str,
    release: str,
    url: str | None,
    login: Login | None,
) -> Target:
    """A release in a namespace of a context of the person's kubeconfig."""

    def asked(api: Api) -> tuple[Asked, Seen]:
        found = observed.read(api, namespace)
        title = f"context {context}"
        return from_cluster(
            found.workloads,
            title=title,
            namespace=namespace,
            release=release,
        ), found

    try:
        api = connect(context)
    except ApiError as error:
        raise ToolError(f"{str(error)[:1].upper()}{str(error)[1:]}") from None
    return Target(api, asked, Where(url, login))


def _of_state(stack: Stack) -> Callable[[Api], tuple[Asked, Seen]]:
    def asked(api: Api) -> tuple[Asked, Seen]:
        wanted = from_state(stack.state(), stack.name)
        return wanted, observed.read(api, wanted.namespace)

    return asked
