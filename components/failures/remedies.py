"""What to do about what the cluster says, by its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """What to do where a message of the cluster contains a pattern."""

    pattern: re.Pattern[str]
    text: str


def remedy_for(remedies: Sequence[Remedy], message: str) -> str:
    """Returns the first of `remedies` whose pattern a message contains; "" if none does."""
    return next((remedy.text for remedy in remedies if remedy.pattern.search(message)), "")


def _row(pattern: str, text: str) -> Remedy:
    return Remedy(re.compile(pattern, re.IGNORECASE), text)


SCHEDULING = (
    _row(
        r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* not found",
        "Look at the claim: its storage class has to exist, and to have a provisioner.",
    ),
    _row(
        r"volume node affinity conflict",
        "Its volume is in a zone where no node takes the pod. Free a node there.",
    ),
    _row(
        r"Insufficient \S+|Too many pods",
        "Add nodes, or ask for less: fewer replicas, or smaller services.<service>.resources.",
    ),
    _row(
        r"untolerated taint|node affinity/selector|node selector",
        "Compare nodeSelector, affinity and tolerations with the labels and taints of the nodes.",
    ),
    _row(r"unschedulable", "Uncordon a node (kubectl uncordon NODE), or add one."),
    _row(
        r"topology spread|anti-affinity",
        "Add nodes in other zones, or set resilience.topologySpread to false.",
    ),
)
CREATION = (
    _row(
        r"exceeded quota|must specify",
        "Raise the namespace's ResourceQuota, or ask for less: fewer replicas, or smaller"
        " services.<service>.resources.",
    ),
    _row(
        r"violates PodSecurity",
        "Set resilience.podSecurity to true, or relax the namespace's label"
        " pod-security.kubernetes.io/enforce.",
    ),
    _row(r"LimitRange|maximum .* per|minimum .* per", "Keep to the namespace's LimitRange."),
    _row(
        r"webhook",
        "An admission webhook of the cluster refuses it or doesn't answer; look at that.",
    ),
    _row(r"service account", "Create the ServiceAccount that values names."),
    _row(r"PriorityClass", "Create the PriorityClass that values names."),
)
IMAGES = (
    _row(
        r"not found|manifest unknown|does not exist|NotFound",
        "There is no such image: check image.tag and image.registry.",
    ),
    _row(
        r"unauthorized|denied|forbidden|authentication|credentials",
        "The registry wants credentials: name their Secret in values.imagePullSecrets.",
    ),
    _row(
        r"toomanyrequests|rate limit", "The registry limits pulls: mirror it, with image.registry."
    ),
    _row(
        r"no such host|timeout|timed out|refused|unreachable|x509|tls",
        "The node doesn't reach the registry: check its network, or mirror it, with"
        " image.registry.",
    ),
)
IMAGE_REMEDY = "Check image.tag and image.registry, and that the nodes reach the registry."
VOLUMES = (
    _row(r"secret .* not found|configmap .* not found", "Create it, or correct the name."),
    _row(
        r"Multi-Attach|already (used|attached)",
        "Another node still has the volume. Remove the old pod, or use ReadWriteMany"
        " (uploads.accessMode).",
    ),
)
CLAIMS = (
    _row(
        r"storageclass\S* .* not found|no storage class",
        "Name one that exists in uploads.storageClass (kubectl get storageclass).",
    ),
    _row(r"exceeded quota", "Raise the namespace's ResourceQuota, or lower uploads.size."),
)
