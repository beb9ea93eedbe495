"""Annotations that the Kubernetes provider reads: its field manager, and how long it waits.

They are set on objects, and never on the pods of a workload.
"""

from components.kube.objects import KubernetesObject

FIELD_MANAGER = "pulumi.com/patchFieldManager"
TIMEOUT = "pulumi.com/timeoutSeconds"
MAX_FIELD_MANAGER_LENGTH = 128
"""The limit of Kubernetes on the name of a field manager."""


def provider_annotations(stack: str, timeout: int) -> dict[str, str]:
    """Returns the annotations for every object of a stack.

    By default the provider writes each object under a random field manager stored in the state
    (https://github.com/pulumi/pulumi-kubernetes/pull/2271). An update that is killed before it has
    saved its state then leaves objects whose field manager nobody knows, and the next update fails
    with a conflict. The stack's name makes the field manager known. It also keeps the conflict
    where two stacks manage the same object by mistake.

    Args:
        stack: The name of the stack.
        timeout: The seconds to wait for each object to become ready.
    """
    field_manager = f"pulumi-kubernetes-{stack}"[:MAX_FIELD_MANAGER_LENGTH]
    return {FIELD_MANAGER: field_manager, TIMEOUT: str(timeout)}


def annotate(obj: KubernetesObject, annotations: dict[str, str]) -> KubernetesObject:
    """Returns a copy of `obj` with `annotations` in addition to its own."""
    metadata = obj["metadata"]
    merged = {**metadata.get("annotations", {}), **annotations}
    return {**obj, "metadata": {**metadata, "annotations": merged}}
