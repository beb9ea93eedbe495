"""What a status report says: plain data, the same for the table, the page and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Instance:
    """One pod of a service."""

    pod: str
    node: str
    zone: str
    address: str
    age_seconds: int
    ready: bool
    restarts: int
    version: str
    trouble: str
    """Why it isn't ready, in the cluster's words; "" where it is."""
    workspace: str = ""
    """What the workspace itself says of it; "" where it wasn't asked or doesn't count such pods."""


@dataclass(frozen=True)
class ServiceStatus:
    """One service, or one helper that was deployed with them."""

    service: str
    workload: str
    """Kind and name, such as `Deployment/chat-presence`."""
    asked: int
    """Instances that were asked for; the fewest where an autoscaler decides."""
    most: int
    """The most, where an autoscaler decides; elsewhere the same as `asked`."""
    running: int | None
    """What the cluster was last told, by whomever; None where the workload is gone."""
    ready: int
    updated: int
    restarts: int
    version: str
    instances: Sequence[Instance]
    trouble: str = ""
    """Why it can't be said to run; "" where what was asked for runs."""


@dataclass(frozen=True)
class NatsServer:
    """One NATS server and its routes to the others."""

    server: str
    routes: Sequence[str]
    trouble: str
    """Why its routes can't be told, or which are missing; "" where all are there."""
    reachable: bool


@dataclass(frozen=True)
class Address:
    """One public address."""

    url: str
    answers: bool | None
    """None where nobody could ask from here, which says nothing about others."""
    words: str


@dataclass(frozen=True)
class WorkspaceInstance:
    """One instance that the workspace reports."""

    name: str
    address: str
    connected: bool
    pod: str
    """The pod that it is; "" where none has its address."""


@dataclass(frozen=True)
class Difference:
    """One thing on the cluster that isn't as it was last deployed."""

    what: str
    """Kind and name."""
    words: str


@dataclass(frozen=True)
class Report:
    """What runs, against what was asked for."""

    title: str
    """What was asked about: a stack, or a context."""
    cluster: str
    namespace: str
    url: str
    version: str
    """The version of Rocket.Chat that was asked for; "" where that isn't known."""
    taken: str
    """When, in ISO 8601."""
    services: Sequence[ServiceStatus]
    nats: Sequence[NatsServer]
    addresses: Sequence[Address]
    workspace: Sequence[WorkspaceInstance] | None
    """None where the workspace wasn't asked."""
    differences: Sequence[Difference]
    notes: Sequence[str]
    """What a reader should know that doesn't keep anything from running."""

    @property
    def troubles(self) -> list[str]:
        """Each reason why what was asked for doesn't run."""
        return [
            *(f"{one.service}: {one.trouble}" for one in self.services if one.trouble),
            *(f"{one.what}: {one.words}" for one in self.differences),
            *(f"NATS {one.server}: {one.trouble}" for one in self.nats if _broken(one)),
            *(f"{one.url}: {one.words}" for one in self.addresses if one.answers is False),
        ]

    @property
    def runs(self) -> bool:
        """Whether what was asked for runs, and nothing else."""
        return not self.troubles


def _broken(server: NatsServer) -> bool:
    return server.reachable and bool(server.trouble)
