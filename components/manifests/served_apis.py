"""What the inputs need that only some clusters have, and what is said where one lacks it."""

from collections.abc import Collection, Iterator, Mapping

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from components.kube.paths import plural
from components.manifests.monitoring import API_VERSION, KINDS, without_monitoring
from components.manifests.scraping import PEOPLE_METRIC

CUSTOM_METRICS = "custom.metrics.k8s.io"
"""What an adapter serves: https://github.com/kubernetes/metrics"""
MONITORING = API_VERSION.partition("/")[0]

Served = Mapping[str, Collection[str]]
"""The names of the resources that the cluster has of each API group; a group that couldn't be read
is left out."""


def needed_groups(spec: WorkspaceSpec) -> list[str]:
    """Returns the API groups whose resources the inputs need."""
    needed = [MONITORING] if spec.monitoring_labels is not None else []
    return [*needed, CUSTOM_METRICS] if _by_people(spec) else needed


def drop_unserved(
    objects: list[KubernetesObject], spec: WorkspaceSpec, served: Served
) -> tuple[list[KubernetesObject], list[str]]:
    """Returns the objects without those that the cluster can't have, and warnings."""
    warnings = [*_metric_warnings(spec, served)]
    missing = [kind for kind in KINDS if plural(kind) not in served.get(MONITORING, [])]
    if MONITORING not in needed_groups(spec) or MONITORING not in served or not missing:
        return objects, warnings
    warning = (
        f"{spec.format_key('monitoring')}: has no effect, as the cluster has no"
        f" {' and no '.join(missing)} ({API_VERSION}). Install Prometheus' operator, such as by the"
        " chart kube-prometheus-stack, and then update again."
    )
    return without_monitoring(objects, spec), [warning, *warnings]


def _by_people(spec: WorkspaceSpec) -> list[str]:
    """The services that are scaled by the people on them."""
    return [
        name
        for name, autoscaling in spec.autoscaling.items()
        if autoscaling.target_users_connected is not None
    ]


def _metric_warnings(spec: WorkspaceSpec, served: Served) -> Iterator[str]:
    if CUSTOM_METRICS not in served or f"pods/{PEOPLE_METRIC}" in served[CUSTOM_METRICS]:
        return
    for name in _by_people(spec):
        key = spec.format_key(f"services.{name}.autoscaling.target_users_connected")
        if not served[CUSTOM_METRICS]:
            yield (
                f"{key}: has no effect yet, as no custom metrics API answers"
                f" ({CUSTOM_METRICS}). Install an adapter, such as prometheus-adapter, or see why"
                " it doesn't answer; until then the number of instances stays as it is."
            )
        else:
            yield (
                f"{key}: has no effect yet, as the adapter has no metric {PEOPLE_METRIC} of pods."
                " It has once somebody is connected to a ddp-streamer that Prometheus scrapes,"
                " unless its rules leave the metric out."
            )
