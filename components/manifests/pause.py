"""A workspace that stands still: no instances, and everything else as it is."""

from collections.abc import Iterable

from components.kube.objects import KubernetesObject

SCALED_KINDS = ("Deployment", "StatefulSet")
"""The kinds of workloads that have a number of instances."""


def stop_workloads(objects: Iterable[KubernetesObject]) -> None:
    """Sets every workload to no instance."""
    for obj in objects:
        if obj["kind"] in SCALED_KINDS:
            obj["spec"]["replicas"] = 0
