"""Annotations that the Kubernetes provider reads: how it writes an object, and how long it waits.

They are set on objects, and never on the pods of a workload.
"""

from components.kube.objects import KubernetesObject

FIELD_MANAGER = "pulumi.com/patchFieldManager"
FORCE = "pulumi.com/patchForce"
TIMEOUT = "pulumi.com/timeoutSeconds"
FIELD_MANAGER_PREFIX = "pulumi-kubernetes-"
MAX_FIELD_MANAGER_LENGTH = 128
"""The limit of Kubernetes on the name of a field manager."""


def field_manager(stack: str) -> str:
    """Returns the field manager under which a stack's objects are written."""
    return f"{FIELD_MANAGER_PREFIX}{stack}"[:MAX_FIELD_MANAGER_LENGTH]


def provider_annotations(stack: str, timeout: int) -> dict[str, str]:
    """Returns the annotations for every object of a stack.

    By default the provider writes each object under a random field manager stored in the state
    (https://github.com/pulumi/pulumi-kubernetes/pull/2271). An update that is killed before it has
    saved its state then leaves objects whose field manager nobody knows, and the next update fails
    with a conflict. The stack's name makes the field manager known.

    An update takes the fields that it declares from whoever has changed them, after the preview has
    named each (`components/manifests/drift.py`). Otherwise no update of a Deployment that somebody
    has scaled by hand would go through.

    Args:
        stack: The name of the stack.
        timeout: The seconds to wait for each object to become ready.
    """
    return {FIELD_MANAGER: field_manager(stack), FORCE: "true", TIMEOUT: str(timeout)}


def annotate(obj: KubernetesObject, annotations: dict[str, str]) -> KubernetesObject:
    """Returns a copy of `obj` with `annotations` in addition to its own."""
    metadata = obj["metadata"]
    merged = {**metadata.get("annotations", {}), **annotations}
    return {**obj, "metadata": {**metadata, "annotations": merged}}
