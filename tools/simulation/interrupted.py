"""What a killed engine leaves behind: its lock, and creations whose end it hasn't seen."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi import automation

from tools.errors import ToolError
from tools.simulation import processes


def unlock(backend: Path) -> None:
    """Removes the locks of ended engines from a backend that is a folder.

    Raises `ToolError` where the engine that holds one is still at work.
    """
    locks = backend / ".pulumi" / "locks"
    for lock in locks.rglob("*.json"):
        engine = _holder(lock)
        if engine is not None and processes.runs(engine, "pulumi"):
            raise ToolError(
                f"pulumi (process {engine}) is still at work on a stack of this checkout. Wait"
                f" until it has ended, or end it with `kill {engine}`, and try again."
            )
        lock.unlink(missing_ok=True)
    # One that a full disk cut short stops every engine too.
    for half in locks.rglob("*.tmp"):
        half.unlink(missing_ok=True)


def forget_creations(stack: automation.Stack) -> list[str]:
    """Removes creations that were interrupted from a stack's state; their URNs.

    The engine keeps them, with a warning at each update, until somebody says what has become of
    them. The next update needs no answer: it applies these objects, be they there or not.
    """
    state = stack.export_stack().deployment or {}
    urns = [
        str(one["resource"]["urn"])
        for one in state.get("pending_operations") or ()
        if one["type"] == "creating"
    ]
    if urns:
        # The stack itself is nowhere but in the state: nothing is read from the cluster.
        itself = [one["urn"] for one in _resources(state) if one["type"] == "pulumi:pulumi:Stack"]
        stack.refresh(target=itself, clear_pending_creates=True)
    return urns


def unclaimed(stack: automation.Stack, urns: list[str]) -> list[str]:
    """Of these resources those that a stack hasn't got, as `Ingress chat/chat-rocketchat`."""
    if not urns:
        return []
    held = {one["urn"] for one in _resources(stack.export_stack().deployment or {})}
    return [f"{_last(urn, 2)} {_last(urn, 3)}" for urn in urns if urn not in held]


def _resources(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return state.get("resources") or []


def _last(urn: str, part: int) -> str:
    """The last word of a part of `urn:pulumi:stack::project::…:Kind::prefix:namespace/name`."""
    return urn.split("::")[part].rpartition(":")[2]


def _holder(lock: Path) -> int | None:
    """The engine that made a lock; None where that isn't to be found out."""
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it was killed before it had written the whole
