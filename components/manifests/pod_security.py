"""Pod and container security contexts."""

from components.inputs.args import ResilienceArgs
from components.kube.objects import KubernetesObject, containers, pod_spec

USER_ID = 65533
"""The user as whom charts from 7.0.0 on run Rocket.Chat's images."""
ENFORCE_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""Namespace labels that enforce the Pod Security Standard `restricted`."""


def namespace_of(name: str, resilience: ResilienceArgs) -> KubernetesObject:
    """Returns the workspace's Namespace, which enforces what its pods comply with."""
    labels = ENFORCE_RESTRICTED if resilience["pod_security"] else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def enforce_restricted(workload: KubernetesObject) -> None:
    """Makes a workload's pods comply with the Pod Security Standard `restricted`."""
    pod_context = pod_spec(workload).setdefault("securityContext", {})
    pod_context.setdefault("runAsUser", USER_ID)
    # Kubernetes gives volumes to this group, so that the user can write to them.
    pod_context.setdefault("fsGroup", pod_context["runAsUser"])
    pod_context["runAsNonRoot"] = True
    pod_context["seccompProfile"] = {"type": "RuntimeDefault"}
    for container in containers(workload):
        context = container.setdefault("securityContext", {})
        context["allowPrivilegeEscalation"] = False
        context["capabilities"] = {"drop": ["ALL"]}
