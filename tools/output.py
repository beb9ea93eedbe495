"""What commands print and write, errors included."""

import sys
from collections.abc import Callable
from pathlib import Path

from components.files import write_atomically
from tools.errors import ToolError


def run_command(
    body: Callable[[], int],
    *,
    error_code: int = 1,
    errors: tuple[type[Exception], ...] = (ToolError,),
) -> int:
    """Runs a command's body and returns its exit code; an error is printed without a traceback.

    Args:
        body: Does the work and returns the exit code.
        error_code: The exit code after an error.
        errors: The exceptions whose messages are for the person who runs the command. The system's
            own errors about files are explained in any case.
    """
    try:
        return body()
    except errors as error:
        print_error(str(error))
    except OSError as error:
        print_error(
            f"{error.filename or 'The output'}: {error.strerror}. Make room, or get permission to"
            " read and write there, and run this again."
        )
    return error_code


def print_error(message: str) -> None:
    """Prints an error to stderr, red on a terminal."""
    # Imported only here: commands start faster.
    from rich.console import Console  # noqa: PLC0415

    Console(stderr=True).print(f"error: {message}", style="red", markup=False, soft_wrap=True)


def escape_unencodable_output() -> None:
    """Makes stdout escape the characters that its encoding lacks, as stderr does."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream


def write(path: Path, text: str) -> None:
    """Writes a file atomically. A pipe or a device, which can't be replaced, is written directly.

    Raises:
        OSError: If it can't be written. An existing file is unchanged then.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    write_atomically(path, text.encode())


def write_option(option: str, path: Path, text: str) -> None:
    """Writes the file that an option of the command names.

    Raises:
        ToolError: If it can't be written.
    """
    try:
        write(path, text)
    except OSError as error:
        raise ToolError(f"{option} {path}: the file can't be written ({error.strerror}).") from None
