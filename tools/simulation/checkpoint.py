"""Repairs a stack's state in a `file://` backend after the disk was full.

Where there is no room, Pulumi writes the state and its .bak only in part, and can't read them
afterwards. It also keeps the state of every finished update separately.
"""

import json
from pathlib import Path

from tools import output
from tools.errors import ToolError


def restore(backend: Path, project: str, stack: str) -> bool:
    """Replaces a state that can't be read with the last one that can, if need be.

    It may lack objects that the last update created. The next update applies them again.

    Returns:
        Whether the state was replaced.

    Raises:
        ToolError: If no state can be read.
    """
    file = backend / ".pulumi" / "stacks" / project / f"{stack}.json"
    if not file.exists() or _is_readable(file):
        return False
    history = (backend / ".pulumi" / "history" / project / stack).glob("*.checkpoint.json")
    for candidate in [file.with_name(f"{file.name}.bak"), *sorted(history, reverse=True)]:
        if candidate.exists() and _is_readable(candidate):
            output.write(file, candidate.read_text(encoding="utf-8"))
            return True
    raise ToolError(
        f"The state of stack {stack} can't be read, and there is no earlier one. `make down`"
        " removes the cluster with everything on it; `make up` creates a new one.",
    )


def _is_readable(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_text(encoding="utf-8")), dict)
    except ValueError:
        return False
