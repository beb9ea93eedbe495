"""The order in which an update changes workloads."""

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, workloads
from components.manifests.workloads import find_workload
from components.services import NATS

DEPENDS_ON = "config.kubernetes.io/depends-on"
"""The annotation by which the provider's ConfigGroup orders its objects.

https://www.pulumi.com/registry/packages/kubernetes/api-docs/yaml/v2/configgroup/#resource-ordering
"""


def start_nats_first(objects: list[KubernetesObject], spec: WorkspaceSpec) -> None:
    """Makes an update wait for NATS before it changes what needs it; a pause stops NATS last.

    Without NATS the other services can't work: they would be started, and fail until it is there.
    An update that NATS fails leaves them alone.
    """
    nats = find_workload(objects, NATS, spec.release)
    if nats is None:
        return
    others = [workload for workload in workloads(objects) if workload is not nats]
    if spec.paused:
        _depend(nats, others)
    else:
        for workload in others:
            _depend(workload, [nats])


def _depend(workload: KubernetesObject, on: list[KubernetesObject]) -> None:
    references = [_reference(other) for other in on]
    annotations = workload["metadata"].setdefault("annotations", {})
    annotations[DEPENDS_ON] = ",".join(references)


def _reference(workload: KubernetesObject) -> str:
    """As in `apps/namespaces/chat/StatefulSet/chat-nats`."""
    group = workload["apiVersion"].partition("/")[0]
    metadata = workload["metadata"]
    return f"{group}/namespaces/{metadata['namespace']}/{workload['kind']}/{metadata['name']}"
