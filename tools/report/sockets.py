"""How many people's sockets reconnect when their service changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.services import Service
from tools.report.pods import MAX_INSTANCES, InstanceRange


@dataclass(frozen=True)
class Sockets:
    """A number of people's sockets."""

    number: int
    seen: bool = False
    """Whether they were counted; otherwise as many are planned for."""
    complete: bool = True
    """Whether all of them were counted."""

    def __str__(self) -> str:
        noun = "socket" if self.number == 1 else "sockets"
        if not self.seen:
            return f"up to {self.number:,} {noun}, as planned"
        at_least = "" if self.complete else "at least "
        return f"{at_least}{self.number:,} {noun}, as counted"


def open_sockets(
    service: Service, before: InstanceRange, config: Mapping[str, str], seen: Sockets | None
) -> Sockets | None:
    """Returns the sockets on all instances of a service; None for one without.

    Args:
        service: The service.
        before: Its instances.
        config: The stack's config, which may say how many people are planned for.
        seen: The sockets that were counted, if they were.
    """
    if service.users_per_instance is None or before.maximum == 0:
        return None
    if seen is not None:
        return seen
    planned = config.get("concurrentUsers", "")
    if planned.isdecimal() and 0 < int(planned) < MAX_INSTANCES * service.users_per_instance:
        return Sockets(int(planned))
    return Sockets(before.maximum * service.users_per_instance)


def of_removed_instances(sockets: Sockets, before: InstanceRange, after: InstanceRange) -> Sockets:
    """Returns the part of the sockets that is on instances which go."""
    removed = before.minimum - after.minimum
    number = -(-sockets.number * removed // before.minimum)
    return Sockets(number, sockets.seen, sockets.complete)
