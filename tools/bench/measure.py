"""Measures how long a command takes, and how much memory its processes use."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tools.errors import ToolError

_PAUSE_SECONDS = 0.05
PARTS = {
    "provider": "pulumi-resource-kubernetes",
    "program": "pulumi-language-python-exec",
    "CLI": "pulumi",
}
"""The processes of an engine's run, by words of their command lines; the first match counts."""


@dataclass(frozen=True)
class Measurement:
    """One run of a command."""

    seconds: float
    peaks: Mapping[str, int]
    """The most bytes that each of `PARTS` was seen to use."""
    output: str


def measure(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
) -> Measurement:
    """Runs a command to its end.

    Raises:
        ToolError: If it fails, with its output.
    """
    begin = time.perf_counter()
    log = folder / ".bench.log"
    with log.open("wb") as file:
        process = psutil.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        peaks: dict[str, int] = {}
        ended = False
        while not ended:
            _update_peaks(process, peaks)
            with suppress(psutil.TimeoutExpired):
                process.wait(_PAUSE_SECONDS)
                ended = True
    seconds = time.perf_counter() - begin
    output = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        raise ToolError(f"{' '.join(map(str, command))} failed:\n{output}")
    return Measurement(seconds, peaks, output)


def _update_peaks(parent: psutil.Process, peaks: dict[str, int]) -> None:
    try:
        processes = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        try:
            command, memory = " ".join(process.cmdline()), process.memory_info().rss
        except psutil.Error:
            continue  # it has just ended
        part = next((part for part, words in PARTS.items() if words in command), None)
        if part is not None:
            peaks[part] = max(peaks.get(part, 0), memory)
