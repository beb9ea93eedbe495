"""What the inputs need that only some clusters have, and what is said where one lacks it."""

from collections.abc import Collection, Mapping

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from components.kube.paths import plural
from components.manifests.monitoring import API_VERSION, KINDS, without_monitoring

MONITORING = API_VERSION.partition("/")[0]

Served = Mapping[str, Collection[str]]
"""The names of the resources that the cluster has of each API group; a group that couldn't be read
is left out."""


def needed_groups(spec: WorkspaceSpec) -> list[str]:
    """Returns the API groups whose resources the inputs need."""
    return [MONITORING] if spec.monitoring_labels is not None else []


def drop_unserved(
    objects: list[KubernetesObject], spec: WorkspaceSpec, served: Served
) -> tuple[list[KubernetesObject], list[str]]:
    """Returns the objects without those that the cluster can't have, and a warning about them."""
    missing = [kind for kind in KINDS if plural(kind) not in served.get(MONITORING, [])]
    if MONITORING not in needed_groups(spec) or MONITORING not in served or not missing:
        return objects, []
    warning = (
        f"{spec.format_key('monitoring')}: has no effect, as the cluster has no"
        f" {' and no '.join(missing)} ({API_VERSION}). Install Prometheus' operator, such as by the"
        " chart kube-prometheus-stack, and then update again."
    )
    return without_monitoring(objects, spec), [warning]
