"""The alerts: each is about something to do, and says what.

All of them stand on metrics that the images, NATS's exporter and Prometheus itself have
(`scraping.py`), and need nothing else in the cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from components.manifests.scraping import PEOPLE_METRIC, answering, capacity, scraped
from components.manifests.workloads import service_workloads
from components.services import DDP_STREAMER, NATS, ROCKETCHAT, Service

LAG_SECONDS = 0.5
"""A mean lag that people feel in everything the monolith does."""
RATE_LIMITED_PER_SECOND = 1
"""One client that misbehaves stays below it."""
UNANSWERED_CALLS = 10
"""In ten minutes; a service that is replaced may leave a few."""
UNANSWERED = "RequestTimeoutError|RequestRejectedError|QueueIsFullError"
"""moleculer's own errors of calls that a service has never answered. Other errors are answers, such
as that of a wrong password."""


@dataclass(frozen=True)
class Alert:
    """One alerting rule."""

    name: str
    expr: str
    minutes: int
    """How long it has to last."""
    summary: str
    """What is wrong."""
    remedy: str
    """What to do."""
    severity: str = "warning"
    service: Service | None = None

    def rule(self, spec: WorkspaceSpec) -> dict[str, Any]:
        """Returns it as Prometheus has it."""
        labels = {"severity": self.severity, "namespace": spec.namespace}
        if self.service is not None:
            labels["service"] = self.service.kebab_name
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": f"{self.minutes}m",
            "labels": labels,
            "annotations": {"summary": self.summary, "description": self.remedy},
        }


def rule_groups(objects: list[KubernetesObject], spec: WorkspaceSpec) -> list[dict[str, Any]]:
    """Returns the groups of a PrometheusRule for a workspace's objects.

    What no instance is asked for of, as while the workspace is paused, has no alert.
    """
    asked = {
        service: int(workload["spec"]["replicas"])
        for service, workload in service_workloads(objects, spec.release)
        if workload["spec"]["replicas"]
    }
    alerts = [*_instances(asked, spec)]
    if ROCKETCHAT in asked:
        alerts += _monolith(spec)
    if DDP_STREAMER in asked:
        alerts += _people(spec)
    if spec.microservices and ROCKETCHAT in asked:
        alerts += _bus(
            sum(number for service, number in asked.items() if service is not NATS), spec
        )
    if NATS in asked:
        alerts += _nats(asked[NATS], spec)
    name = f"{spec.namespace}-{spec.release}"
    return [{"name": name, "rules": [alert.rule(spec) for alert in alerts]}]


def _instances(asked: dict[Service, int], spec: WorkspaceSpec) -> Iterator[Alert]:
    for service, number in asked.items():
        yield Alert(
            "RocketChatInstancesMissing",
            f"({answering(spec, service)} or vector(0)) < {number}",
            10,
            f"{{{{ $value }}}} of {number} instances of {service.kebab_name} answer.",
            f"See which pods aren't ready and why: `kubectl get pods --namespace {spec.namespace}`,"
            " or `python -m tools.status`. If all are ready, Prometheus can't reach their metrics.",
            severity="critical",
            service=service,
        )


def _monolith(spec: WorkspaceSpec) -> Iterator[Alert]:
    selector = scraped(spec, ROCKETCHAT)
    yield Alert(
        "RocketChatEventLoopLag",
        f"avg_over_time(nodejs_eventloop_lag_seconds{{{selector}}}[5m]) > {LAG_SECONDS}",
        10,
        "{{ $labels.pod }} answers everything {{ $value | humanizeDuration }} late.",
        "It has more to do than one CPU can. See whether it is throttled by its CPU limit, and run"
        f" more instances: {spec.format_key('replicas.rocketchat')}.",
    )
    yield Alert(
        "RocketChatRateLimited",
        f"sum(rate(rocketchat_ddp_rate_limit_exceeded{{{selector}}}[5m]))"
        f" > {RATE_LIMITED_PER_SECOND}",
        15,
        "{{ $value | humanize }} calls per second are refused, as their clients make too many.",
        "The metric's labels name the limit, the user and the address. If one address stands for"
        " many people, as behind a proxy, raise the limit: Administration, Settings, Rate Limiter."
        " Otherwise stop that client.",
    )


def _people(spec: WorkspaceSpec) -> Iterator[Alert]:
    more = f"{spec.format_key('concurrent_users')} or {spec.format_key('replicas.ddp_streamer')}"
    if DDP_STREAMER.name in spec.autoscaling:
        more = spec.format_key("services.ddp_streamer.autoscaling.max_replicas")
    yield Alert(
        "RocketChatTooManyPeople",
        f"sum({PEOPLE_METRIC}{{{scraped(spec, DDP_STREAMER)}}}) > {capacity(spec)}",
        10,
        "{{ $value }} people are connected, more than the ddp-streamers are planned for.",
        f"One is planned for {DDP_STREAMER.users_per_instance}. Raise {more}.",
    )


def _bus(members: int, spec: WorkspaceSpec) -> Iterator[Alert]:
    online = f"moleculer_registry_nodes_online_total{{{scraped(spec)}}}"
    yield Alert(
        "RocketChatBusIncomplete",
        f"{online} < {members} or {online} < scalar(max({online}))",
        10,
        "{{ $labels.pod }} sees only {{ $value }} instances on the bus.",
        f"At least {members} are asked for. If all pods see as few, some instance isn't there or"
        " can't reach NATS. If only some do, NATS's servers have lost each other, or those pods"
        " NATS: restart them.",
    )
    yield Alert(
        "RocketChatCallsUnanswered",
        "sum by (service) (increase(moleculer_request_error_total"
        f'{{{scraped(spec)},errorName=~"{UNANSWERED}"}}[10m])) > {UNANSWERED_CALLS}',
        5,
        "{{ $labels.service }} hasn't answered {{ $value | humanize }} calls in ten minutes.",
        "See whether the instances of the service that offers it are ready, hang or lack CPU, and"
        " whether MongoDB is slow; then restart or add instances.",
    )


def _nats(servers: int, spec: WorkspaceSpec) -> Iterator[Alert]:
    selector = scraped(spec, NATS)
    routes = f"nats_routez_num_routes{{{selector}}}"
    if servers > 1:
        yield Alert(
            "RocketChatNatsRoutesMissing",
            # A server may have several routes to each other one, and all have as many.
            f"{routes} < {servers - 1} or {routes} < scalar(max({routes}))",
            10,
            "{{ $labels.pod }} has only {{ $value }} routes to the other NATS servers.",
            "Messages reach only some of the services. See whether all NATS pods are ready, and"
            " what the log of this one says; then restart it.",
            severity="critical",
        )
    yield Alert(
        "RocketChatNatsSlowConsumers",
        f"increase(nats_varz_slow_consumers{{{selector}}}[15m]) > 0",
        0,
        "{{ $labels.pod }} has disconnected instances that read too slowly.",
        "They have lost messages, such as those of presence. See in the log of NATS which they are;"
        " give that service more CPU, or more instances.",
    )
