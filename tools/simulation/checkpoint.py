"""A stack's state in a backend that is a folder, after a disk that was full.

Pulumi writes it, and its .bak, in part where there is no room for more, and can't read it then. Of
each update that ended it also keeps the state apart.
"""

import json
from pathlib import Path

from tools import output
from tools.errors import ToolError


def restore(backend: Path, project: str, stack: str) -> bool:
    """Puts the last readable state in the place of one that isn't; whether there was a need.

    What an update had made by then isn't in it. The next one applies those objects again.
    """
    file = backend / ".pulumi" / "stacks" / project / f"{stack}.json"
    if not file.exists() or _is_whole(file):
        return False
    kept = (backend / ".pulumi" / "history" / project / stack).glob("*.checkpoint.json")
    for one in [file.with_name(f"{file.name}.bak"), *sorted(kept, reverse=True)]:
        if one.exists() and _is_whole(one):
            output.write(file, one.read_text(encoding="utf-8"))
            return True
    raise ToolError(
        f"The state of stack {stack} can't be read, and there is none to go back to. `make down`"
        " removes the cluster and what runs on it; `make up` makes a new one.",
    )


def _is_whole(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_text(encoding="utf-8")), dict)
    except ValueError:
        return False
