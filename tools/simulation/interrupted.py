"""What an engine leaves that was killed: its lock, and pending creations."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.simulation import processes


def remove_stale_locks(backend: Path) -> None:
    """Removes the locks of engines that have ended from a `file://` backend.

    Raises:
        ToolError: If an engine that holds a lock is still running.
    """
    locks = backend / ".pulumi" / "locks"
    for lock in locks.rglob("*.json"):
        pid = _owner(lock)
        if pid is not None and processes.is_running(pid, "pulumi"):
            raise ToolError(
                f"pulumi (process {pid}) is still working on a stack of this checkout. Wait until"
                f" it ends, or end it with `kill {pid}`, and try again."
            )
        lock.unlink(missing_ok=True)
    # A lock that a full disk truncated stops every engine, too.
    for partial in locks.rglob("*.tmp"):
        partial.unlink(missing_ok=True)


def pending_creates(state: Mapping[str, Any]) -> list[str]:
    """Returns the URNs of the resources that an update was creating when it was interrupted.

    Args:
        state: The state as `pulumi stack export` prints it.
    """
    return [
        str(operation["resource"]["urn"])
        for operation in state["deployment"].get("pending_operations") or ()
        if operation["type"] == "creating"
    ]


def unmanaged_objects(state: Mapping[str, Any], urns: list[str]) -> list[str]:
    """Returns the objects of `urns` that a stack lacks, such as `Ingress chat/chat-rocketchat`."""
    managed = {item["urn"] for item in _resources(state)}
    return [f"{_last_word(urn, 2)} {_last_word(urn, 3)}" for urn in urns if urn not in managed]


def _resources(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return state["deployment"].get("resources") or []


def _last_word(urn: str, part: int) -> str:
    """The last word of a part of `urn:pulumi:stack::project::…:Kind::prefix:namespace/name`."""
    return urn.split("::")[part].rpartition(":")[2]


def _owner(lock: Path) -> int | None:
    """The process ID of the engine that wrote a lock; None if it was killed while writing it."""
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
