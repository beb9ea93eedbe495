"""Collects one report from the cluster, the public addresses and the workspace itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.kube.api import Api
from tools.errors import ToolError
from tools.status import nats, people, public, workspace
from tools.status.compare import (
    cordoned_nodes,
    find_differences,
    scaled_to_nothing,
    service_statuses,
)
from tools.status.desired import Desired
from tools.status.edge import edge_differences
from tools.status.observed import Observed
from tools.status.report import (
    Address,
    Difference,
    NatsServer,
    People,
    Report,
    ServiceStatus,
    WorkspaceInstance,
)


@dataclass(frozen=True)
class Access:
    """How to reach the workspace."""

    url: str | None = None
    """An address to use in place of the public one."""
    login: workspace.Login | None = None
    """For the workspace's own list of instances, which is left out without it."""
    simulated: bool = False
    """Whether it is on the simulated cluster, where containers don't run."""


@dataclass(frozen=True)
class _WorkspaceView:
    """What the workspace reports, and the services with what it says about each pod."""

    services: Sequence[ServiceStatus]
    instances: Sequence[WorkspaceInstance] | None = None
    differences: Sequence[Difference] = ()
    notes: Sequence[str] = ()


def collect(api: Api, desired: Desired, observed: Observed, access: Access) -> Report:
    """Returns the report on a workspace."""
    now = datetime.now(UTC)
    services = service_statuses(desired, observed, now)
    services, total, people_notes = _count_people(api, desired, services, access)
    view = _ask_workspace(desired, services, access)
    return Report(
        title=desired.title,
        cluster=api.server,
        namespace=desired.namespace,
        url=desired.url,
        version=desired.version,
        observed_at=now.isoformat(timespec="seconds"),
        services=view.services,
        nats=_nats_servers(api, desired, services, access),
        addresses=_addresses(desired, access),
        workspace=view.instances,
        differences=[
            *find_differences(desired, observed),
            *edge_differences(api, desired),
            *view.differences,
        ],
        notes=[
            *desired.notes,
            *scaled_to_nothing(desired, observed),
            *observed.notes,
            *cordoned_nodes(services, observed),
            *people_notes,
            *view.notes,
        ],
        paused=desired.paused,
        people=total,
    )


def _nats_servers(
    api: Api, desired: Desired, services: Sequence[ServiceStatus], access: Access
) -> Sequence[NatsServer]:
    bundled = nats.bundled(services)
    servers = nats.query_servers(api, desired.namespace, bundled) if bundled else []
    if access.simulated and not any(server.reachable for server in servers):
        return []
    return servers


def _count_people(
    api: Api, desired: Desired, services: list[ServiceStatus], access: Access
) -> tuple[list[ServiceStatus], People | None, list[str]]:
    services, total, notes = people.count_people(api, desired, services)
    if access.simulated and total is None:
        # Containers don't run there, so that nobody answers says nothing.
        notes = []
    return services, total, notes


def _addresses(desired: Desired, access: Access) -> list[Address]:
    if desired.paused:
        return [Address(url, None, "paused, so nothing answers") for url in desired.addresses]
    if access.simulated and access.url is None:
        return public.simulated_addresses(desired.addresses)
    return public.check_addresses(desired.addresses, access.url)


def _ask_workspace(
    desired: Desired, services: Sequence[ServiceStatus], access: Access
) -> _WorkspaceView:
    if access.login is None or desired.paused:
        return _WorkspaceView(services)
    try:
        reported = workspace.fetch_instances(access.url or desired.url, access.login)
    except ToolError as error:
        # The rest of the report is still useful.
        return _WorkspaceView(services, notes=[str(error)])
    instances, services, differences = workspace.match_pods(reported, services)
    notes = workspace.instance_notes(instances, services)
    return _WorkspaceView(services, instances, differences, notes)
