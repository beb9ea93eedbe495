"""Objects -> objects: what the chart lacks, added or mended, one small function for each."""

from collections.abc import Iterable

from components.objects import KubernetesObject

SKIP_AWAIT = "pulumi.com/skipAwait"


def mend(objects: Iterable[KubernetesObject]) -> None:
    """Mends `objects` in place."""
    for one in objects:
        dont_await(one)


def dont_await(one: KubernetesObject) -> None:
    """Has the engine not wait for a Service or an Ingress.

    The workloads behind a Service are awaited, and so it needs no ten seconds of its own. An
    Ingress may never get an address on bare metal, and `up` would fail after ten minutes. The
    address of a LoadBalancer Service is awaited: it is where the workspace answers.
    """
    balanced = one["kind"] == "Service" and one["spec"].get("type") == "LoadBalancer"
    if one["kind"] in ("Service", "Ingress") and not balanced:
        one["metadata"].setdefault("annotations", {})[SKIP_AWAIT] = "true"
