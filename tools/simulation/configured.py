"""Whether the simulated configs are still what the checkout's configs say.

Writing them takes longer than most commands, and they seldom change.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from tools.simulation.folders import Folders


def record(folders: Folders) -> None:
    """Records that the simulated configs have been written from the checkout's configs."""
    folders.configured.write_text(json.dumps(_digests(folders)), encoding="utf-8")


def is_current(folders: Folders) -> bool:
    """Returns whether nothing has changed since `record`, on either side."""
    with suppress(OSError, ValueError):
        recorded = json.loads(folders.configured.read_text(encoding="utf-8"))
        return bool(recorded == _digests(folders))
    return False


def _digests(folders: Folders) -> dict[str, list[str]]:
    """The digests of each stack's config in the checkout and in the simulated project."""
    return {
        file.name: [_digest(file), _digest(folders.project / file.name)]
        for file in folders.stack_configs()
    }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
