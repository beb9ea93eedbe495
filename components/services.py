"""The catalogue: one row per service, with every fact about it.

Every loop in the program goes over these rows, so adding a service is adding a row. Facts about
the chart were read off what `rocketchat` 7.0.2 renders. The component makes the manifests of
services that the chart lacks (`components/manifests/added_services.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from components.naming import camel

Path = tuple[str, ...]
"""Keys from the root of the chart's values down to one value."""


@dataclass(frozen=True)
class Service:
    """What the program knows about one service."""

    name: str
    """The input's name, as in `replicas.ddp_streamer`."""
    description: str
    """What the service is for, in a few words."""
    kind: Literal["Deployment", "StatefulSet"]
    container: str
    """The container that does the work; the others are helpers."""
    replicas: Path = ()
    """Where the chart's values take the number of instances; empty if it doesn't render it."""
    resources: Path = ()
    """Where the chart's values take requests and limits of `container`; empty likewise."""
    port: int = 3000
    """Where clients connect to `container`."""
    service_port: str = "http"
    """The name that this port has on the Kubernetes Service."""
    health: str | None = None
    """The path, on `port`, that says whether it is ready for work, bus and all."""
    dedicated: bool = False
    """Whether it is one of the services that take over from the monolith, in microservices mode."""
    omnichannel: bool = False
    """Whether it belongs to those that make transcripts of omnichannel rooms, of which a workspace
    has both or none."""
    default_replicas: int = 1
    users_per_instance: int | None = None
    """Concurrent users that one instance is planned for, where that decides its number."""
    public_path: str | None = None
    """Where people's clients open a WebSocket to it, if the Ingress leads there."""
    image_key: str = "image.tag"
    """The config key that decides the image of `container`."""
    ignored_replicas: tuple[str, ...] = ()
    """Helm values that Rocket.Chat's guide teaches for the number, and that the chart ignores."""

    @property
    def kebab_name(self) -> str:
        """The name that Rocket.Chat and the chart's objects use, as in `ddp-streamer`."""
        return self.name.replace("_", "-")

    @property
    def config_name(self) -> str:
        """The name in stack configs and outputs, as in `ddpStreamer`."""
        return camel(self.name)

    @property
    def in_chart(self) -> bool:
        """Whether the chart renders it; otherwise the component makes its manifests."""
        return bool(self.replicas)

    @property
    def scalable(self) -> bool:
        """Whether an autoscaler may decide how many run."""
        return self.dedicated

    def matches(self, labels: Mapping[str, str], release: str) -> bool:
        """Whether objects with these labels, or this selector, are its own.

        The chart labels the monolith and NATS with their titles, and puts the release's name
        before that of a dedicated service.
        """
        name = labels.get("app.kubernetes.io/name")
        ours = labels.get("app.kubernetes.io/instance") == release
        return ours and name in (self.kebab_name, f"{release}-{self.kebab_name}")


def _dedicated(
    name: str,
    description: str,
    container: str,
    *,
    users_per_instance: int | None = None,
    public_path: str | None = None,
) -> Service:
    root = ("microservices", camel(name))
    return Service(
        name=name,
        description=description,
        kind="Deployment",
        container=container,
        replicas=(*root, "replicas"),
        resources=(*root, "resources"),
        # Rocket.Chat: every dedicated service answers it, on the port that PORT names.
        health="/health",
        dedicated=True,
        users_per_instance=users_per_instance,
        public_path=public_path,
    )


def _omnichannel(name: str, description: str) -> Service:
    # Rocket.Chat, ee/apps: the images are built, configured and probed as those of the others.
    return Service(
        name=name,
        description=description,
        kind="Deployment",
        container=f"{name.replace('_', '-')}-service",
        health="/health",
        dedicated=True,
        omnichannel=True,
    )


ROCKETCHAT = Service(
    name="rocketchat",
    description="the monolith, with the API and the web client",
    kind="Deployment",
    container="rocketchat",
    replicas=("replicaCount",),
    resources=("resources",),
)
PRESENCE = _dedicated("presence", "who is online", "presence-service")
DDP_STREAMER = _dedicated(
    "ddp_streamer",
    "every client's WebSocket",
    "ddp-streamer",
    users_per_instance=500,
    public_path="/websocket",
)
ACCOUNT = _dedicated("account", "log-in", "account-service")
AUTHORIZATION = _dedicated("authorization", "roles and permissions", "authorization-service")
QUEUE_WORKER = _omnichannel("queue_worker", "the queue of omnichannel work")
OMNICHANNEL_TRANSCRIPT = _omnichannel("omnichannel_transcript", "PDF transcripts of omnichannel")
NATS = Service(
    name="nats",
    description="the bus between all of them",
    kind="StatefulSet",
    container="nats",
    replicas=("nats", "cluster", "replicas"),
    resources=("nats", "nats", "resources"),
    port=4222,
    service_port="client",
    image_key="values.nats.nats.image",
    default_replicas=2,
    ignored_replicas=("microservices.nats.replicas",),
)
NATS_CLUSTER_PORT = 6222
"""Where NATS servers connect to each other."""
NATS_MONITOR_PORT = 8222
"""Where a NATS server reports on itself, as at `/routez`."""
NATS_METRICS_PORT = 7777
"""Where the Prometheus exporter beside a NATS server is scraped."""

SERVICES = (
    ROCKETCHAT,
    PRESENCE,
    DDP_STREAMER,
    ACCOUNT,
    AUTHORIZATION,
    QUEUE_WORKER,
    OMNICHANNEL_TRANSCRIPT,
    NATS,
)
ADDED = tuple(service for service in SERVICES if not service.in_chart)
"""The services whose manifests the component makes."""
BY_NAME = {service.name: service for service in SERVICES}

NATS_HELPERS = {
    "reloader": "nats.reloader",
    "metrics": "nats.exporter",
    "nats-box": "nats.natsbox",
}
"""The containers that NATS brings besides its own, each with the Helm values that are about it."""
