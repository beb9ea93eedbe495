"""A preview of a real stack, with the person's own Pulumi, backend and cluster."""

import shutil
import subprocess
from pathlib import Path

from tools.report.errors import ReportError
from tools.report.preview import Preview, failed, read


def preview_of(stack: str, folder: Path) -> Preview:
    """What `pulumi preview` says of a stack of the program in `folder`; changes nothing."""
    program = shutil.which("pulumi")
    if program is None:
        raise ReportError(
            "There is no `pulumi` on PATH. Install it to preview a real stack, or give a file with"
            " what `pulumi preview --json` printed.",
        )
    return run(
        [program, "preview", "--json", "--show-sames", "--non-interactive", "--stack", stack],
        folder,
        stack,
    )


def run(
    command: list[str],
    folder: Path,
    stack: str,
    environment: dict[str, str] | None = None,
) -> Preview:
    """The preview that `command` prints, or the reason why there is none."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    try:
        preview = read(done.stdout, stack)
    except ReportError:
        # Nothing was previewed, such as without the stack, the passphrase or the backend.
        told = done.stderr.strip() or done.stdout.strip()
        return failed(stack, told or f"pulumi ended with status {done.returncode}.")
    if done.returncode and not preview.errors:
        return failed(stack, done.stderr.strip() or f"pulumi ended with status {done.returncode}.")
    return preview
