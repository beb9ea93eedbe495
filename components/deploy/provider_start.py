"""Starts the Kubernetes provider while the program is still being imported.

The engine starts a provider with the first request for it, and by default that is the rendering of
the chart. Both the program and the provider take a tenth of a second until then, each on a core of
its own.
"""

from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

_requests: list[object] = []
"""What is underway; the client cancels a request that nobody holds."""


def start_provider() -> None:
    """Makes the engine start the provider, and returns without waiting for it.

    Whatever goes wrong goes wrong with the rendering, too, which says so.
    """
    request = resource_pb2.ResourceInvokeRequest(tok="kubernetes:yaml:decode")
    request.args["text"] = ""
    monitor = get_monitor()
    # Tests' own monitor can't answer later, and starts nothing.
    if monitor is not None and hasattr(monitor.Invoke, "future"):
        _requests.append(monitor.Invoke.future(request))
