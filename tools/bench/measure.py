"""A command, with how long it takes and how much memory its processes hold at most."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tools.errors import ToolError

_PAUSE = 0.05
"""Seconds between two looks at the processes."""
PARTS = {
    "provider": "pulumi-resource-kubernetes",
    "program": "pulumi-language-python-exec",
    "CLI": "pulumi",
}
"""The processes of an engine's run, each by a word of its command line; the first that fits."""


@dataclass(frozen=True)
class Measured:
    """One run of a command."""

    seconds: float
    peaks: Mapping[str, int]
    """Bytes that each of `PARTS` held at most, as far as looks in between can tell."""
    output: str


def measured(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
) -> Measured:
    """Runs a command to its end. Raises `ToolError`."""
    begun = time.perf_counter()
    log = folder / ".bench.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peaks: dict[str, int] = {}
        while process.poll() is None:
            _look(process, peaks)
            time.sleep(_PAUSE)
    seconds = time.perf_counter() - begun
    said = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        raise ToolError(f"{' '.join(map(str, command))} failed:\n{said}")
    return Measured(seconds, peaks, said)


def _look(process: psutil.Process, peaks: dict[str, int]) -> None:
    try:
        found = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for one in found:
        try:
            words, held = " ".join(one.cmdline()), one.memory_info().rss
        except psutil.Error:
            continue  # it has just ended
        part = next((part for part, word in PARTS.items() if word in words), None)
        if part is not None:
            peaks[part] = max(peaks.get(part, 0), held)
