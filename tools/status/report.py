"""The status report as plain data, which the table, the page and the JSON output share."""

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
    problem: str
    """Why the pod isn't ready, in the cluster's words; "" if it is."""
    workspace: str = ""
    """What the workspace says about the instance; "" if it wasn't asked or doesn't count it."""


@dataclass(frozen=True)
class ServiceStatus:
    """One service, or one helper workload that was deployed with the services."""

    service: str
    workload: str
    """Kind and name, such as `Deployment/chat-presence`."""
    desired: int
    """Desired instances; with an autoscaler, its minimum."""
    desired_max: int
    """With an autoscaler, its maximum; otherwise the same as `desired`."""
    replicas: int | None
    """`spec.replicas` on the cluster, whoever set it; None if the workload is missing."""
    ready: int
    updated: int
    restarts: int
    version: str
    instances: Sequence[Instance]
    problem: str = ""
    """Why the service doesn't run as desired; "" if it does."""


@dataclass(frozen=True)
class NatsServer:
    """One NATS server and its routes to the others."""

    server: str
    routes: Sequence[str]
    problem: str
    """Why the routes are unknown, or how many are missing; "" if none is."""
    reachable: bool


@dataclass(frozen=True)
class Address:
    """One public address."""

    url: str
    answers: bool | None
    """None if it can't be reached from this machine, which says nothing about other machines."""
    message: str


@dataclass(frozen=True)
class WorkspaceInstance:
    """One instance that the workspace itself reports."""

    name: str
    address: str
    connected: bool
    pod: str
    """The pod with this address; "" if there is none."""


@dataclass(frozen=True)
class Difference:
    """One difference between the cluster and the last deployment."""

    object: str
    """Kind and name."""
    message: str


@dataclass(frozen=True)
class Report:
    """What runs, compared with what was deployed."""

    title: str
    """The stack or the context that the report is about."""
    cluster: str
    namespace: str
    url: str
    version: str
    """The desired version of Rocket.Chat; "" if it isn't known."""
    observed_at: str
    """In ISO 8601."""
    services: Sequence[ServiceStatus]
    nats: Sequence[NatsServer]
    addresses: Sequence[Address]
    workspace: Sequence[WorkspaceInstance] | None
    """None if the workspace wasn't asked."""
    differences: Sequence[Difference]
    notes: Sequence[str]
    """Facts worth knowing that are no problems."""
    paused: bool = False
    """Whether no instance is to run, by `pause: true`."""

    @property
    def problems(self) -> list[str]:
        """Every reason why the workspace doesn't run as desired."""
        return [
            *(
                f"{service.service}: {service.problem}"
                for service in self.services
                if service.problem
            ),
            *(f"{difference.object}: {difference.message}" for difference in self.differences),
            *(f"NATS {nats.server}: {nats.problem}" for nats in self.nats if _is_broken(nats)),
            *(f"{addr.url}: {addr.message}" for addr in self.addresses if addr.answers is False),
        ]

    @property
    def healthy(self) -> bool:
        """Whether the workspace runs exactly as desired."""
        return not self.problems


def _is_broken(server: NatsServer) -> bool:
    return server.reachable and bool(server.problem)
