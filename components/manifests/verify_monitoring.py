"""Whether the metrics of every service are scraped."""

from collections.abc import Iterator

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import (
    KubernetesObject,
    containers,
    kind_and_name,
    nested_list,
    nested_map,
)
from components.kube.selectors import selects
from components.manifests.mismatch import Mismatch
from components.manifests.workloads import service_workloads


def check_monitoring(objects: list[KubernetesObject], spec: WorkspaceSpec) -> Iterator[Mismatch]:
    """Yields each workload of a service whose pods no PodMonitor finds a port on."""
    if spec.monitoring_labels is None:
        return
    monitors = [obj["spec"] for obj in objects if obj["kind"] == "PodMonitor"]
    for _, workload in service_workloads(objects, spec.release):
        labels = nested_map(workload, "spec", "template", "metadata", "labels")
        wanted = {
            endpoint["port"]
            for monitor in monitors
            if selects(monitor["selector"], labels)
            for endpoint in monitor["podMetricsEndpoints"]
        }
        ports = [
            str(port.get("name"))
            for container in containers(workload)
            for port in nested_list(container, "ports")
        ]
        if wanted.isdisjoint(ports):
            location = f"ports of {kind_and_name(workload)}"
            expected = f"one that a PodMonitor names ({', '.join(sorted(wanted)) or 'none does'})"
            yield Mismatch("monitoring", location, expected, ports or "none")
