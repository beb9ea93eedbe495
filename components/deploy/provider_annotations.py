"""What the Kubernetes provider is told of each object: as whom it writes, and how long it waits.

These are annotations that it reads and Kubernetes doesn't; they are none of a pod's.
"""

from components.kube.objects import KubernetesObject

MANAGER = "pulumi.com/patchFieldManager"
TIMEOUT = "pulumi.com/timeoutSeconds"
MOST_CHARACTERS = 128
"""Of a field manager's name, as Kubernetes allows."""


def provider_annotations(stack: str, timeout: int) -> dict[str, str]:
    """The annotations of every object of a stack, which waits `timeout` seconds for each.

    Left alone the provider writes each object under a name that it draws and keeps in the state. An
    update that is killed before it has written its state leaves objects of a name that nobody knows
    any more, and the next update can't change them: a conflict of field managers. A stack's name is
    its own, so that two stacks that are about the same objects by mistake still are in conflict.
    """
    return {MANAGER: f"pulumi-kubernetes-{stack}"[:MOST_CHARACTERS], TIMEOUT: str(timeout)}


def annotate(one: KubernetesObject, annotations: dict[str, str]) -> KubernetesObject:
    """`one` with `annotations` beside its own."""
    metadata = one["metadata"]
    held = {**metadata.get("annotations", {}), **annotations}
    return {**one, "metadata": {**metadata, "annotations": held}}
