"""Runs the Pulumi CLI for a command that needs its output."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolError


def run_pulumi(
    program: Path,
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
) -> str:
    """Runs `pulumi` without asking anything, and returns its stdout.

    Args:
        program: The path of `pulumi`.
        arguments: Its command line.
        folder: The project's folder.
        environment: Variables in addition to this process's.
        stdin: Its input.

    Raises:
        ToolError: If it fails, with the engine's own errors.
    """
    done = subprocess.run(
        [program, *arguments, "--non-interactive"],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        reason = preview_errors(done.stdout) or " ".join(engine_errors(done.stderr))
        raise ToolError(f"`pulumi {arguments[0]}` failed: {reason or 'no reason given'}")
    return done.stdout


def engine_errors(stderr: str) -> list[str]:
    """Returns the errors in the stderr of a Pulumi command that failed."""
    lines = [line.strip() for line in stderr.splitlines()]
    return [line.removeprefix("error:").lstrip() for line in lines if line.startswith("error:")]


def preview_errors(stdout: str) -> str:
    """Returns the errors in the output of `pulumi preview --json`; "" if it is something else."""
    try:
        diagnostics = json.loads(stdout).get("diagnostics", [])
    except ValueError:
        return ""
    errors = [item["message"].strip() for item in diagnostics if item.get("severity") == "error"]
    return "\n".join(dict.fromkeys(errors))
