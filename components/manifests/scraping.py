"""Where metrics come from, and how queries select them.

The names of metrics were read off what Rocket.Chat 8.6 registers (apps/meteor/app/metrics,
ee/apps/ddp-streamer), and off the answers of moleculer 0.14, prom-client 15 and NATS's exporter.
"""

from components.inputs.spec import WorkspaceSpec
from components.services import DDP_STREAMER, NATS, Service

SERVICES_MONITOR, NATS_MONITOR = "services", "nats"
"""The names of the PodMonitors, without the release's."""
EXPORTER = "metrics"
"""The container beside each NATS server that exports its metrics."""
MONOLITH_PORT, BUS_PORT, EXPORTER_PORT = "metrics", "ms-metrics", "metrics"
"""The chart's names for the ports: of the monolith's own metrics, of what each service on the bus
has, and of the exporter."""

PEOPLE_METRIC = "users_connected"
"""The people on one ddp-streamer, by their open WebSockets. Before somebody has connected for the
first time an instance doesn't have it."""


def scraped(spec: WorkspaceSpec, service: Service | None = None) -> str:
    """Returns the labels that select the metrics of a service, or of all but NATS.

    Prometheus' operator labels what a PodMonitor finds: `job` is the monitor's namespace and name.
    """
    monitor = NATS_MONITOR if service is NATS else SERVICES_MONITOR
    labels = f'job="{spec.namespace}/{spec.release}-{monitor}"'
    if service is None or service is NATS:
        return labels
    return f'{labels},container="{service.container}"'


def answering(spec: WorkspaceSpec, service: Service) -> str:
    """Returns the query for how many instances of a service answer Prometheus."""
    if service is NATS:
        # The exporter answers also while its server doesn't, and then has no metrics of it.
        return f"count(nats_varz_slow_consumers{{{scraped(spec, service)}}})"
    return f"count(max by (pod) (up{{{scraped(spec, service)}}}) == 1)"


def capacity(spec: WorkspaceSpec) -> str:
    """Returns the query for how many people the ddp-streamers that answer are planned for."""
    return f"{DDP_STREAMER.users_per_instance} * {answering(spec, DDP_STREAMER)}"
