"""The sockets that are open on a real stack's ddp-streamers now."""

from pathlib import Path

from tools.errors import ToolError
from tools.report.sockets import Sockets
from tools.status.target import stack_target


def count_sockets(stack: str, folder: Path) -> Sockets | None:
    """Returns the sockets that are open; None if none of the ddp-streamers can be asked."""
    try:
        with stack_target(stack, folder=folder) as target:
            people = target.people()
    except ToolError:
        return None
    if people is None:
        return None
    return Sockets(people.connected, seen=True, complete=not people.unknown)
