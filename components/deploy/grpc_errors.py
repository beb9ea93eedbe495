"""What a person is told of the program when the engine ends an update early."""

from typing import Any

import pulumi
from pulumi.runtime import settings

ENDED = "resource monitor shut down"
"""The engine's words for what still waits when an object has failed."""


def patch_grpc_error_message() -> None:
    """Has the SDK tell that the engine has ended the update, in place of a traceback.

    It does so where the engine answers with the code UNAVAILABLE. For a remote component, as a
    ConfigGroup is one, the engine (3.259) answers with UNKNOWN, which the SDK takes for a fault of
    the program: 25 lines above the error of the object that has failed.
    """
    as_before = settings.grpc_error_to_exception

    def exception(exn: Any) -> Exception:  # noqa: ANN401 - grpc has no types
        if exn.details() == ENDED:
            return pulumi.RunError("The update has ended, as an object failed; its error says why.")
        return as_before(exn)

    settings.grpc_error_to_exception = exception
