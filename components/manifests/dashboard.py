"""The dashboard for Grafana: instances, people, calls, NATS and event loops on one screen.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from components.manifests.scraping import PEOPLE_METRIC, answering, capacity, scraped
from components.manifests.workloads import service_workloads
from components.services import DDP_STREAMER, NATS, ROCKETCHAT

_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS = 24
_HEIGHT = 8


@dataclass(frozen=True)
class _Panel:
    title: str
    queries: dict[str, str]
    """Queries by their legends."""
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    thresholds: tuple[tuple[str, int], ...] = ()
    """By legend, the number below which it is red."""


def dashboard_name(spec: WorkspaceSpec) -> str:
    """The name of the ConfigMap that holds the dashboard."""
    return f"{spec.release}-dashboard"


def dashboard(objects: list[KubernetesObject], spec: WorkspaceSpec) -> dict[str, Any]:
    """Returns the dashboard of a workspace's objects, as Grafana has it."""
    title = f"Rocket.Chat: {spec.release} in {spec.namespace}"
    uid = hashlib.sha256(f"{spec.namespace}/{spec.release}".encode()).hexdigest()[:40]
    return {
        "uid": uid,
        "title": title,
        "tags": ["rocketchat"],
        "schemaVersion": 39,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": _layout(_panels(objects, spec)),
    }


def _panels(objects: list[KubernetesObject], spec: WorkspaceSpec) -> list[_Panel]:
    instances, thresholds = {}, []
    for service, workload in service_workloads(objects, spec.release):
        legend = f"{service.kebab_name} of {workload['spec']['replicas']}"
        instances[legend] = f"{answering(spec, service)} or vector(0)"
        thresholds.append((legend, int(workload["spec"]["replicas"])))
    panels = [
        _Panel(
            "Instances that answer, of those asked for",
            instances,
            kind="stat",
            width=_COLUMNS,
            thresholds=tuple(thresholds),
        )
    ]
    if spec.microservices:
        people = f"{PEOPLE_METRIC}{{{scraped(spec, DDP_STREAMER)}}}"
        panels += [
            _Panel(
                "People, and what the ddp-streamers are planned for",
                {"people": f"sum({people})", "planned for": capacity(spec)},
            ),
            _Panel("People by ddp-streamer", {"{{pod}}": f"sum by (pod) ({people})"}),
            _Panel(
                "Instances on the bus, as each sees them",
                {"{{pod}}": f"moleculer_registry_nodes_online_total{{{scraped(spec)}}}"},
            ),
            _Panel("Calls by service", {"{{service}}": _rate("request_total", "service", spec)}),
            _Panel(
                "Errors by service",
                {
                    "{{service}} {{errorName}}": _rate(
                        "request_error_total", "service,errorName", spec
                    )
                },
            ),
        ]
    monolith = scraped(spec, ROCKETCHAT)
    panels += [
        _Panel(
            "Lag of the event loop, 99th percentile",
            {"{{pod}}": f"nodejs_eventloop_lag_p99_seconds{{{monolith}}}"},
            unit="s",
        ),
        _Panel(
            "Calls refused by rate limits",
            {
                "{{limit_name}}": "sum by (limit_name) (rate("
                f"rocketchat_ddp_rate_limit_exceeded{{{monolith}}}[$__rate_interval]))"
            },
            unit="ops",
        ),
    ]
    if NATS in spec.services:
        nats = scraped(spec, NATS)
        panels += [
            _Panel(
                "NATS: messages",
                {
                    "{{pod}} in": f"rate(nats_varz_in_msgs{{{nats}}}[$__rate_interval])",
                    "{{pod}} out": f"rate(nats_varz_out_msgs{{{nats}}}[$__rate_interval])",
                },
                unit="ops",
            ),
            _Panel(
                "NATS: routes and slow consumers",
                {
                    "{{pod}} routes": f"nats_routez_num_routes{{{nats}}}",
                    "{{pod}} slow consumers": f"nats_varz_slow_consumers{{{nats}}}",
                },
            ),
        ]
    return panels


def _rate(metric: str, by: str, spec: WorkspaceSpec) -> str:
    return f"sum by ({by}) (rate(moleculer_{metric}{{{scraped(spec)}}}[$__rate_interval]))"


def _layout(panels: list[_Panel]) -> list[dict[str, Any]]:
    """Returns the panels in rows, each as Grafana has it."""
    laid, x, y = [], 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        place = {"x": x, "y": y, "w": panel.width, "h": _HEIGHT}
        x += panel.width
        laid.append(
            {
                "id": number,
                "title": panel.title,
                "type": panel.kind,
                "gridPos": place,
                "datasource": _DATASOURCE,
                "targets": [
                    {
                        "refId": f"Q{index}",
                        "expr": query,
                        "legendFormat": legend,
                        "datasource": _DATASOURCE,
                    }
                    for index, (legend, query) in enumerate(panel.queries.items())
                ],
                "fieldConfig": {
                    "defaults": {"unit": panel.unit, "min": 0},
                    "overrides": [_red_below(*threshold) for threshold in panel.thresholds],
                },
            }
        )
    return laid


def _red_below(legend: str, number: int) -> dict[str, Any]:
    steps = [{"color": "red", "value": None}, {"color": "green", "value": number}]
    thresholds = {"mode": "absolute", "steps": steps}
    return {
        "matcher": {"id": "byName", "options": legend},
        "properties": [{"id": "thresholds", "value": thresholds}],
    }
