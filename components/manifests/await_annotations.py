"""Annotations for the Kubernetes provider: for what an update waits."""

from components.kube.objects import KubernetesObject

SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
ROLLED_OUT = (
    # The provider's JSONPath parser takes two operands at a time, hence the brackets.
    "($.status.observedGeneration == $.metadata.generation"
    " && $.status.updateRevision == $.status.currentRevision)"
    " && ($.status.replicas == $.spec.replicas && $.status.readyReplicas == $.spec.replicas)"
)
"""A JSONPath filter: every pod of a StatefulSet is ready and of the newest revision."""
STOPPED = (
    # A status has no number of ready pods where none is.
    "$.status.observedGeneration == $.metadata.generation && $.status.replicas == $.spec.replicas"
)
"""A JSONPath filter: a StatefulSet that is set to no pod has none."""


def skip_await(obj: KubernetesObject) -> None:
    """Makes the provider not wait for a Service or an Ingress.

    The workloads behind a Service are awaited, so its own ten seconds add nothing. An Ingress may
    never get an address on bare metal, and `up` would fail after ten minutes (pulumi-kubernetes
    issue 1810). A LoadBalancer Service is awaited, as people reach the workspace by its address.
    """
    is_service = obj["kind"] == "Service" and obj["spec"].get("type") != "LoadBalancer"
    if is_service or obj["kind"] == "Ingress":
        obj["metadata"].setdefault("annotations", {})[SKIP_AWAIT] = "true"


def wait_for_rollout(obj: KubernetesObject, *, paused: bool) -> None:
    """Makes the provider wait for the rollout of a StatefulSet, or until a paused one has stopped.

    By itself provider 4.25 may read the status from before the update and report a rollout that
    hasn't begun as complete. This can go with provider 4.26 (pulumi-kubernetes pull 4094).
    """
    if obj["kind"] == "StatefulSet":
        annotations = obj["metadata"].setdefault("annotations", {})
        annotations[WAIT_FOR] = f"jsonpath={{$[?{STOPPED if paused else ROLLED_OUT}]}}"
