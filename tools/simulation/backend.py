"""The state of stacks in a `file://` backend, read without the engine, and repaired.

Starting the engine takes longer than reading what it has written. The format is that of Pulumi's
checkpoints: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/stacks.go
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools import output
from tools.errors import ToolError


def state_file(backend: Path, project: str, stack: str) -> Path:
    """Returns the path of a stack's state, which exists once the stack does."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def state(backend: Path, project: str, stack: str) -> dict[str, Any]:
    """Returns the state of a stack's last deployment, as `pulumi stack export` prints it.

    Raises:
        ToolError: If there is no such stack, or its state can't be read.
    """
    file = state_file(backend, project, stack)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        deployment = content["checkpoint"].get("latest") or {}
        return {"version": content["version"], "deployment": deployment}
    except FileNotFoundError:
        raise ToolError(f"There is no stack {stack}. Create it: `make up STACK={stack}`.") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ToolError(f"The state of stack {stack} can't be read: {file} isn't one.") from error


def stack_resource(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the resource that stands for the stack itself and has its outputs; empty if none."""
    resources = state["deployment"].get("resources") or []
    return next((item for item in resources if item["type"] == "pulumi:pulumi:Stack"), {})


def last_changes(backend: Path, project: str, stack: str) -> Mapping[str, int] | None:
    """Returns how many resources a stack's last update changed, by Pulumi's words for it.

    `same` is one of them. None if there was no update, or it can't be read.
    """
    updates = sorted(_history(backend, project, stack).glob("*.history.json"))
    with suppress(OSError, ValueError, IndexError, AttributeError):
        content = json.loads(updates[-1].read_text(encoding="utf-8"))
        return dict(content.get("resourceChanges") or {})
    return None


def selected_stack(home: Path, project: str) -> str | None:
    """Returns the stack that is selected in the only project of this name, or None.

    Args:
        home: Pulumi's home folder, which only one backend is used with.
        project: The project's name.
    """
    settings = list((home / "workspaces").glob(f"{project}-{'?' * 40}-workspace.json"))
    with suppress(OSError, ValueError, AttributeError):
        if len(settings) == 1:
            stacks = json.loads(settings[0].read_text(encoding="utf-8")).get("stacks", {})
            if len(stacks) == 1:
                return str(*stacks.values()).rpartition("/")[2]
    return None


def restore(backend: Path, project: str, stack: str) -> bool:
    """Replaces a state that can't be read with the last one that can, if need be.

    Where there is no room, Pulumi writes the state and its .bak only in part. It also keeps the
    state of every finished update separately. That may lack objects that the last update created.
    The next update applies them again.

    Returns:
        Whether the state was replaced.

    Raises:
        ToolError: If no state can be read.
    """
    file = state_file(backend, project, stack)
    if not file.exists() or _is_readable(file):
        return False
    history = _history(backend, project, stack).glob("*.checkpoint.json")
    for candidate in [file.with_name(f"{file.name}.bak"), *sorted(history, reverse=True)]:
        if candidate.exists() and _is_readable(candidate):
            output.write(file, candidate.read_text(encoding="utf-8"))
            return True
    raise ToolError(
        f"The state of stack {stack} can't be read, and there is no earlier one. `make down`"
        " removes the cluster with everything on it; `make up` creates a new one.",
    )


def _history(backend: Path, project: str, stack: str) -> Path:
    """The folder with what each finished update has done, and the state after it."""
    return backend / ".pulumi" / "history" / project / stack


def _is_readable(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_text(encoding="utf-8")), dict)
    except ValueError:
        return False
