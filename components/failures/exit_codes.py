"""What the exit codes of containers mean."""

from dataclasses import dataclass

OUT_OF_MEMORY = "OOMKilled"
"""Kubernetes' reason for a container that exceeded its memory limit."""
SIGNAL_BASE = 128
"""A process that a signal ends has the exit code 128 and the signal's number."""


@dataclass(frozen=True)
class ExitCode:
    """What one exit code means, and what to do about it."""

    meaning: str
    remedy: str = ""


EXIT_CODES = {
    0: ExitCode("ended without an error, though it has to keep running", "Check its command."),
    1: ExitCode("an error of the program's own"),
    126: ExitCode("the command can't be executed", "Check the image, and its platform."),
    127: ExitCode("the command isn't in the image", "Check the image and its command."),
    132: ExitCode(
        "illegal instruction: the node's CPU lacks one that the program needs, such as AVX, which"
        " MongoDB needs from 5.0 on",
        "Run it on nodes whose CPU has AVX (nodeSelector), or let virtual machines see the host's"
        " CPU.",
    ),
    134: ExitCode(
        "aborted, as Node.js does when its heap is full",
        "Raise its memory: services.<service>.resources.",
    ),
    137: ExitCode(
        "killed from outside: by a liveness probe that it didn't answer, or by a node short of"
        " memory",
        "Look at the pod's events, and raise its memory: services.<service>.resources.",
    ),
    139: ExitCode("segmentation fault", "Check that the image is built for the node's CPU."),
    143: ExitCode("asked to stop (SIGTERM), as a liveness or startup probe does when it fails"),
}
_MEMORY_LIMIT = ExitCode(
    "killed as it exceeded its memory limit",
    "Raise it: services.<service>.resources.limits.memory.",
)


def explain_exit_code(code: int, reason: str = "") -> ExitCode:
    """Returns what an exit code means, given Kubernetes' reason for the end of the container."""
    if reason == OUT_OF_MEMORY:
        return _MEMORY_LIMIT
    known = EXIT_CODES.get(code)
    if known is not None:
        return known
    if SIGNAL_BASE < code < SIGNAL_BASE + 65:
        return ExitCode(f"ended by signal {code - SIGNAL_BASE}")
    return ExitCode("an error of the program's own")
