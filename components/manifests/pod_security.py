"""Pod and container security contexts."""

from collections.abc import Iterable

from components.kube.objects import KubernetesObject, containers, pod_spec, workloads

USER_ID = 65533
"""The user as whom charts from 7.0.0 on run Rocket.Chat's images."""
ENFORCE_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""Namespace labels that enforce the Pod Security Standard `restricted`."""


def enforce_restricted(objects: Iterable[KubernetesObject]) -> None:
    """Makes every pod comply with the Pod Security Standard `restricted`."""
    for workload in workloads(objects):
        context = pod_spec(workload).setdefault("securityContext", {})
        context.setdefault("runAsUser", USER_ID)
        # Kubernetes gives volumes to this group, so that the user can write to them.
        context.setdefault("fsGroup", context["runAsUser"])
        context["runAsNonRoot"] = True
        context["seccompProfile"] = {"type": "RuntimeDefault"}
        for container in containers(workload):
            container_context = container.setdefault("securityContext", {})
            container_context["allowPrivilegeEscalation"] = False
            container_context["capabilities"] = {"drop": ["ALL"]}
