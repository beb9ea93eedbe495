"""Cleans up after an engine that was killed: its lock, and creations that it left pending."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi import automation

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


def clear_pending_creates(stack: automation.Stack) -> list[str]:
    """Removes interrupted creations from a stack's state and returns their URNs.

    The engine would keep them, and warn at each update. The next update applies these objects
    whether they exist or not, so nobody has to find out.
    """
    state = stack.export_stack().deployment or {}
    urns = [
        str(operation["resource"]["urn"])
        for operation in state.get("pending_operations") or ()
        if operation["type"] == "creating"
    ]
    if urns:
        # The stack resource exists in the state only, so that nothing is read from the cluster.
        target = [
            item["urn"] for item in _resources(state) if item["type"] == "pulumi:pulumi:Stack"
        ]
        stack.refresh(target=target, clear_pending_creates=True)
    return urns


def unmanaged_objects(stack: automation.Stack, urns: list[str]) -> list[str]:
    """Returns the objects of `urns` that a stack lacks, such as `Ingress chat/chat-rocketchat`."""
    if not urns:
        return []
    managed = {item["urn"] for item in _resources(stack.export_stack().deployment or {})}
    return [f"{_last_word(urn, 2)} {_last_word(urn, 3)}" for urn in urns if urn not in managed]


def _resources(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return state.get("resources") or []


def _last_word(urn: str, part: int) -> str:
    """The last word of a part of `urn:pulumi:stack::project::…:Kind::prefix:namespace/name`."""
    return urn.split("::")[part].rpartition(":")[2]


def _owner(lock: Path) -> int | None:
    """The process ID of the engine that wrote a lock; None if it was killed while writing it."""
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
