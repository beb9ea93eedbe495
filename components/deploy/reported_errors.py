"""Ends the program without the engine's "an unhandled error occurred: … exit status 1"."""

from collections.abc import Iterator
from contextlib import contextmanager

import pulumi

ALREADY_REPORTED = 32
"""The exit code by which a program says that its errors have been shown.

Pulumi's language hosts have it in common; Python's names it in `pulumi-language-python-exec`, which
uses it for unhandled exceptions and not for a RunError.
"""


@contextmanager
def report_errors_once() -> Iterator[None]:
    """Shows a RunError of the program, and nothing besides it."""
    try:
        yield
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        raise SystemExit(ALREADY_REPORTED) from None
