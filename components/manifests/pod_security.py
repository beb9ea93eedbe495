"""Pod and container security contexts."""

from components.inputs.args import ResilienceArgs
from components.kube.objects import KubernetesObject, containers, nested_map, pod_spec

USER_ID = 65533
"""The user as whom charts from 7.0.0 on run Rocket.Chat's images."""
_USERS = ("runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy", "supplementalGroups")
ENFORCE_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""Namespace labels that enforce the Pod Security Standard `restricted`."""


def drop_users(workload: KubernetesObject) -> None:
    """Takes every user and group off a workload's pods, whoever has set them."""
    for owner in (pod_spec(workload), *containers(workload)):
        context = nested_map(owner, "securityContext")
        for field in _USERS:
            context.pop(field, None)


def namespace_of(name: str, resilience: ResilienceArgs) -> KubernetesObject:
    """Returns the workspace's Namespace, which enforces what its pods comply with."""
    labels = ENFORCE_RESTRICTED if resilience["pod_security"] else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def drop_group_of_containers(workload: KubernetesObject) -> None:
    """Drops `fsGroup` from containers, which is a field of pods, and which Kubernetes ignores.

    The default values of charts before 6.27 have it there.
    """
    for container in containers(workload):
        nested_map(container, "securityContext").pop("fsGroup", None)


def enforce_restricted(workload: KubernetesObject, *, assigned_users: bool) -> None:
    """Makes a workload's pods comply with the Pod Security Standard `restricted`.

    Args:
        workload: The workload.
        assigned_users: Whether the cluster gives pods their users.
    """
    pod_context = pod_spec(workload).setdefault("securityContext", {})
    if not assigned_users:
        pod_context.setdefault("runAsUser", USER_ID)
        # Kubernetes gives volumes to this group, so that the user can write to them.
        pod_context.setdefault("fsGroup", pod_context["runAsUser"])
        # Without this it walks through all files of a volume at each start.
        pod_context.setdefault("fsGroupChangePolicy", "OnRootMismatch")
    pod_context["runAsNonRoot"] = True
    pod_context["seccompProfile"] = {"type": "RuntimeDefault"}
    for container in containers(workload):
        context = container.setdefault("securityContext", {})
        context["allowPrivilegeEscalation"] = False
        context["capabilities"] = {"drop": ["ALL"]}
