"""Previews a stack with the Pulumi, backend and cluster that the person uses."""

import shutil
import subprocess
from pathlib import Path

from tools.errors import ToolError
from tools.report.parse import failed_preview, parse_preview
from tools.report.preview import Preview


def preview_stack(stack: str, folder: Path) -> Preview:
    """Runs `pulumi preview` for a stack of the program in `folder`; changes nothing.

    Raises:
        ToolError: if there is no `pulumi` on PATH.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise ToolError(
            "There is no `pulumi` on PATH. Install it to preview a real stack, or pass a file with"
            " the output of `pulumi preview --json`.",
        )
    return run_preview(
        [pulumi, "preview", "--json", "--show-sames", "--non-interactive", "--stack", stack],
        folder,
        stack,
    )


def run_preview(
    command: list[str],
    folder: Path,
    stack: str,
    environment: dict[str, str] | None = None,
) -> Preview:
    """Runs `command` and returns the preview that it prints, or a failed one with the reason."""
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
        preview = parse_preview(done.stdout, stack)
    except ToolError:
        # It stopped before the preview, for example because it has no passphrase.
        output = done.stderr.strip() or done.stdout.strip()
        return failed_preview(stack, output or f"pulumi exited with status {done.returncode}.")
    if done.returncode and not preview.errors:
        return failed_preview(
            stack, done.stderr.strip() or f"pulumi exited with status {done.returncode}."
        )
    return preview
