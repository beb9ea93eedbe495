"""What commands write: files whole or not at all, and text that every terminal takes."""

import sys
from pathlib import Path

from components.files import write_atomically


def write(path: Path, text: str) -> None:
    """Puts `text` at `path`, where what was there stays until all of it is written.

    Pipes and devices, which can't be put in the place of anything, get it as it comes.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    write_atomically(path, text.encode())


def take_any_text() -> None:
    """Has stdout escape what its encoding hasn't got, as stderr does, and not fail."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream


def complain(why: str) -> None:
    """Tells a person at a terminal why a command has failed."""
    # Only where it is needed: commands start faster.
    from rich.console import Console  # noqa: PLC0415

    Console(stderr=True).print(f"error: {why}", style="red", markup=False, soft_wrap=True)


def errors_of(stderr: str) -> list[str]:
    """What the engine says of a command that failed, an item for each of its errors."""
    lines = [line.strip() for line in stderr.splitlines()]
    return [line.removeprefix("error:").lstrip() for line in lines if line.startswith("error:")]


def told(error: OSError) -> str:
    """What a person can do about a file that can't be read or written, stdout included."""
    return (
        f"{error.filename or 'The output'}: {error.strerror}. Make room, or let yourself read and"
        " write there, and run this again."
    )
