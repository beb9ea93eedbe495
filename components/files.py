"""Files that are written as a whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

PARTIAL = ".partial"
"""The suffix of a file that is still being written, or whose process was killed."""


def write_atomically(path: Path, content: bytes) -> None:
    """Writes `content` to `path`; what was there stays until all of it is written.

    A symbolic link stays one: the file that it leads to is written.

    Raises:
        OSError: With `path` as its file name. Nothing of `content` is left then.
    """
    path = path.resolve()
    partial = path.with_name(f"{os.urandom(8).hex()}{PARTIAL}")
    try:
        with partial.open("xb") as file:
            file.write(content)
        partial.replace(path)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError):
            # The caller has never heard of the partial file.
            error.filename = str(path)
        raise
