"""What Prometheus and Grafana need: PodMonitors, alert rules and a dashboard.

PodMonitor and PrometheusRule are kinds of Prometheus' operator:
https://prometheus-operator.dev/docs/api-reference/api/
"""

import json
from collections.abc import Iterable
from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, match_labels, nested_list, pod_spec
from components.manifests.alerts import rule_groups
from components.manifests.dashboard import dashboard, dashboard_name
from components.manifests.scraping import (
    BUS_PORT,
    EXPORTER,
    EXPORTER_PORT,
    MONOLITH_PORT,
    NATS_MONITOR,
    SERVICES_MONITOR,
)
from components.manifests.workloads import find_workload, service_workloads
from components.services import NATS, ROCKETCHAT

API_VERSION = "monitoring.coreos.com/v1"
KINDS = ("PodMonitor", "PrometheusRule")
"""The kinds that a cluster has once Prometheus' operator is installed."""
CHART_KINDS = ("PodMonitor", "ServiceMonitor")
"""The kinds by which the chart has things scraped."""
_DASHBOARD_LABEL = {"grafana_dashboard": "1"}
"""By which the sidecar of Grafana's chart finds dashboards."""
_NAME, _INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"


def add_monitoring(objects: list[KubernetesObject], spec: WorkspaceSpec) -> list[KubernetesObject]:
    """Returns `objects` with what `monitoring` asks for, in place of the chart's own monitors."""
    if spec.monitoring_labels is None:
        return objects
    others = [obj for obj in objects if obj["kind"] not in CHART_KINDS]
    return [
        *others,
        *_pod_monitors(others, spec),
        {
            "apiVersion": API_VERSION,
            "kind": "PrometheusRule",
            "metadata": _metadata(f"{spec.release}-alerts", spec),
            "spec": {"groups": rule_groups(others, spec)},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(dashboard_name(spec), spec, _DASHBOARD_LABEL),
            # Grafana's sidecar writes the dashboards of all namespaces into one folder.
            "data": {f"{spec.namespace}-{spec.release}.json": json.dumps(dashboard(others, spec))},
        },
    ]


def without_monitoring(
    objects: Iterable[KubernetesObject], spec: WorkspaceSpec
) -> list[KubernetesObject]:
    """Returns `objects` without what `add_monitoring` has added."""
    return [
        obj
        for obj in objects
        if obj["kind"] not in KINDS and obj["metadata"]["name"] != dashboard_name(spec)
    ]


def _pod_monitors(
    objects: list[KubernetesObject], spec: WorkspaceSpec
) -> Iterable[KubernetesObject]:
    services = [
        workload
        for service, workload in service_workloads(objects, spec.release)
        if service is not NATS
    ]
    ports = {
        port.get("name")
        for workload in services
        for container in nested_list(pod_spec(workload), "containers")
        for port in nested_list(container, "ports")
    }
    endpoints = [{"port": port} for port in (MONOLITH_PORT, BUS_PORT) if port in ports]
    names = sorted(match_labels(workload)[_NAME] for workload in services)
    selector = {
        "matchLabels": {_INSTANCE: spec.release},
        "matchExpressions": [{"key": _NAME, "operator": "In", "values": names}],
    }
    yield _pod_monitor(SERVICES_MONITOR, selector, endpoints, spec)
    nats = find_workload(objects, NATS, spec.release)
    if nats is not None:
        # The chart declares the exporter's port on two containers, and it would be scraped twice.
        keep = {
            "sourceLabels": ["__meta_kubernetes_pod_container_name"],
            "regex": EXPORTER,
            "action": "keep",
        }
        endpoint = {"port": EXPORTER_PORT, "relabelings": [keep]}
        yield _pod_monitor(NATS_MONITOR, {"matchLabels": match_labels(nats)}, [endpoint], spec)


def _pod_monitor(
    name: str, selector: dict[str, Any], endpoints: list[dict[str, Any]], spec: WorkspaceSpec
) -> KubernetesObject:
    return {
        "apiVersion": API_VERSION,
        "kind": "PodMonitor",
        "metadata": _metadata(f"{spec.release}-{name}", spec),
        "spec": {"selector": selector, "podMetricsEndpoints": endpoints},
    }


def _metadata(
    name: str, spec: WorkspaceSpec, labels: dict[str, str] | None = None
) -> dict[str, Any]:
    own = {_NAME: ROCKETCHAT.kebab_name, _INSTANCE: spec.release}
    return {
        "name": name,
        "namespace": spec.namespace,
        "labels": {**own, **(labels or {}), **(spec.monitoring_labels or {})},
    }
