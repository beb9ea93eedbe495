"""One report: asks everybody, and puts the answers together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tools.errors import ToolError
from tools.status import nats, public, workspace
from tools.status.api import Api
from tools.status.compare import cordoned, differences, services
from tools.status.desired import Asked
from tools.status.observed import Seen
from tools.status.report import Address, Difference, Report, ServiceStatus, WorkspaceInstance


@dataclass(frozen=True)
class Where:
    """Where and how the workspace is asked."""

    url: str | None = None
    """An address to use in place of the public one."""
    login: workspace.Login | None = None
    simulated: bool = False
    """Nothing but Kubernetes itself answers on the simulated cluster."""


def collect(api: Api, asked: Asked, seen: Seen, where: Where) -> Report:
    """The report on a workspace that was asked for, with what was seen on the cluster."""
    now = datetime.now(UTC)
    status = services(asked, seen, now)
    changed = differences(asked, seen)
    notes = [*asked.notes, *seen.notes, *cordoned(status, seen)]
    reported, status, unknown, more = _workspace(asked, status, where)
    bundled = nats.of(status)
    servers = nats.servers(api, asked.namespace, bundled) if bundled else []
    if where.simulated and not any(one.reachable for one in servers):
        servers = []
    return Report(
        title=asked.title,
        cluster=api.server,
        namespace=asked.namespace,
        url=asked.url,
        version=asked.version,
        taken=now.isoformat(timespec="seconds"),
        services=status,
        nats=servers,
        addresses=_addresses(asked, where),
        workspace=reported,
        differences=[*changed, *unknown],
        notes=[*notes, *more],
    )


def _addresses(asked: Asked, where: Where) -> list[Address]:
    if where.simulated and where.url is None:
        return public.simulated(asked.addresses)
    return public.addresses(asked.addresses, where.url)


def _workspace(
    asked: Asked,
    status: list[ServiceStatus],
    where: Where,
) -> tuple[
    Sequence[WorkspaceInstance] | None,
    list[ServiceStatus],
    Sequence[Difference],
    Sequence[str],
]:
    """What the workspace reports, the services with what it says of each pod, and the rest."""
    if where.login is None:
        return None, status, [], []
    try:
        came = workspace.instances(where.url or asked.url, where.login)
    except ToolError as error:
        # Everything else can still be told.
        return None, status, [], [str(error)]
    reported, status, unknown = workspace.matched(came, status)
    return reported, status, unknown, workspace.notes(reported, status)
