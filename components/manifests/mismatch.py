"""What the verification finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mismatch:
    """One difference between the spec and what was rendered."""

    input: str
    """The input that asks for it, as in `replicas.ddp_streamer`."""
    location: str
    """The object, and what in it."""
    expected: object
    actual: object
