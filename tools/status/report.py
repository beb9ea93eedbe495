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
    people: int | None = None
    """Open WebSockets, on a ddp-streamer that says; a person with two tabs counts twice."""


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
class People:
    """The people on all ddp-streamers that said, against what the ready ones are planned for."""

    connected: int
    capacity: int
    unknown: int
    """Ready ddp-streamers that didn't say how many people they have."""
    per_instance: int
    """The people that one ddp-streamer is planned for."""
    max_replicas: int | None
    """The maximum of the autoscaler that decides how many run; None without one."""

    @property
    def left(self) -> int | None:
        """How many more fit, negative if the capacity is exceeded; None if it isn't known."""
        left = self.capacity - self.connected
        return None if self.unknown and left >= 0 else left

    @property
    def replicas(self) -> int:
        """The fewest ddp-streamers that fit the people."""
        return max(1, -(-self.connected // self.per_instance))

    @property
    def problem(self) -> str:
        """What to change if the capacity is exceeded; "" if it isn't."""
        if self.left is None or self.left >= 0:
            return ""
        excess = f"{self.connected} people are on ddp-streamers planned for {self.capacity}"
        if self.max_replicas is None:
            return (
                f"{excess}; set concurrentUsers to {self.connected} or more, or"
                f" replicas.ddpStreamer to {self.replicas} or more"
            )
        if self.replicas > self.max_replicas:
            return (
                f"{excess}; set services.ddpStreamer.autoscaling.maxReplicas to {self.replicas} or"
                " more"
            )
        return f"{excess}; set services.ddpStreamer.autoscaling.minReplicas to {self.replicas}"


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
    people: People | None = None
    """None if no ddp-streamer said how many people it has."""

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
            *([f"people: {self.people.problem}"] if self.people and self.people.problem else ()),
            *(f"NATS {nats.server}: {nats.problem}" for nats in self.nats if _is_broken(nats)),
            *(f"{addr.url}: {addr.message}" for addr in self.addresses if addr.answers is False),
        ]

    @property
    def healthy(self) -> bool:
        """Whether the workspace runs exactly as desired."""
        return not self.problems


def _is_broken(server: NatsServer) -> bool:
    return server.reachable and bool(server.problem)
