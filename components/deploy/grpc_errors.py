"""A workaround: an update that the engine ends early looks like a crash of the program.

When an object fails, the engine answers all requests that are still open. For an ordinary resource
its answer has the code UNAVAILABLE, which the SDK takes for the end of the update. For a remote
component, such as a ConfigGroup, the engine (3.259) answers with UNKNOWN, which the SDK takes for a
fault of the program: it prints a traceback of 25 lines above the error of the object that failed.
https://github.com/pulumi/pulumi/issues/19275 is about the same noise, and open.

Two lines remain, which the engine writes by itself and no program can prevent: "update failed", and
"ConfigGroup resource … has a problem: grpc: the client connection is closing". When an object fails
it closes its connection to the provider while that still waits to register the other objects.

Remove this once a failing object in a ConfigGroup ends `pulumi up` without a traceback.
"""

from typing import Any

from pulumi.runtime import settings

from components.deploy.reported_errors import ALREADY_REPORTED

SHUT_DOWN = "resource monitor shut down"
"""The engine's answer to requests that are open when it ends an update."""


def end_quietly_on_shutdown() -> None:
    """Makes the SDK end the program when the engine has ended the update, and has said why."""
    original = settings.grpc_error_to_exception

    def grpc_error_to_exception(exn: Any) -> Exception:  # noqa: ANN401 - grpc has no types
        if exn.details() == SHUT_DOWN:
            raise SystemExit(ALREADY_REPORTED)
        return original(exn)

    settings.grpc_error_to_exception = grpc_error_to_exception
