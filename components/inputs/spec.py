"""What the inputs mean: complete, and consistent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, cast

from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.args import ChartArgs, Mode, ResilienceArgs, RocketChatArgs
from components.inputs.definitions import ONE_NODE_MODES
from components.inputs.errors import KeyFormat, format_key
from components.inputs.pod_template_overrides import PodTemplateOverrides
from components.inputs.service_args import ServiceSettingsArgs
from components.kube.images import ImageReference
from components.naming import camel
from components.services import Service


class Nats(Enum):
    """Where NATS runs."""

    BUNDLED = "bundled"
    EXTERNAL = "external"
    NONE = "none"


@dataclass(frozen=True)
class SecretKey:
    """One key of a Secret in the workspace's namespace."""

    name: str
    key: str


@dataclass(frozen=True)
class Bus:
    """How the services of one workspace find each other."""

    nats: Nats
    secret: SecretKey | None = None
    """Where an external NATS's URL is."""
    password: SecretKey | None = None
    """Where the bundled NATS's password is, if it asks for one."""
    monolith_prefix: bool = False
    """Whether the monolith's transporter begins with `monolith+`."""


@dataclass(frozen=True)
class ScaleDown:
    """How slowly an autoscaler takes instances away."""

    stabilization_window_seconds: int
    period_seconds: int
    """In which one instance at most is taken away."""


@dataclass(frozen=True)
class Autoscaling:
    """The bounds of an autoscaler, and what it aims at."""

    min_replicas: int
    max_replicas: int
    target_cpu_percent: int
    """In percent of the CPU request."""
    target_users_connected: int | None = None
    """People on each instance, in place of CPU."""
    scale_down: ScaleDown | None = None
    """None for Kubernetes' own default."""


def autoscaling(args: Mapping[str, Any]) -> Autoscaling:
    """Returns what the valid input `autoscaling` of a service means, defaults included."""
    scale_down = args.get("scale_down")
    return Autoscaling(**{**args, "scale_down": scale_down and ScaleDown(**scale_down)})


@dataclass(frozen=True)
class Scheduling:
    """What every pod asks of its node, with keys as Kubernetes has them."""

    node_selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, Any], ...]
    affinity: Mapping[str, Any]
    priority_class: str | None


@dataclass(frozen=True)
class Gateway:
    """A Gateway, and one of its listeners if only that is meant."""

    name: str
    namespace: str
    section: str | None


@dataclass(frozen=True)
class ChartSource:
    """Where the chart comes from: `path`, or `version` from `repository`."""

    version: str
    repository: str
    digest: str | None
    path: str | None


def chart_source(chart: ChartArgs) -> ChartSource:
    """Returns the source that the valid input `chart` means."""
    version = chart.get("version", next(iter(CHART_DIGESTS)))
    path, digest = chart.get("path"), chart.get("digest")
    if path is None and digest is None:
        digest = CHART_DIGESTS[version]
    return ChartSource(version, chart.get("repository", REPOSITORY), digest, path)


def _scheduling(args: Mapping[str, Any]) -> Scheduling:
    return Scheduling(
        args.get("node_selector", {}),
        tuple(
            {camel(key): value for key, value in toleration.items()}
            for toleration in args.get("tolerations", [])
        ),
        args.get("affinity", {}),
        args.get("priority_class"),
    )


@dataclass(frozen=True)
class WorkspaceSpec:
    """What is meant: every input with its default, and what follows from them."""

    args: RocketChatArgs
    """The inputs, with defaults filled in and secrets as secret Outputs."""
    services: tuple[Service, ...]
    """The services that the workspace consists of."""
    replicas: Mapping[str, int]
    """Instances of each of `services`, by name; the fewest where an autoscaler decides."""
    autoscaling: Mapping[str, Autoscaling]
    """The services that an autoscaler scales, by name."""
    bus: Bus
    has_ingress: bool
    warnings: tuple[str, ...]
    key_format: KeyFormat
    """How messages write the inputs' names."""

    @property
    def host(self) -> str:
        """The public host name."""
        return self.args["host"]

    @property
    def hosts(self) -> list[str]:
        """Every public host name, `host` first."""
        return [self.host, *(extra["host"] for extra in self.args.get("extra_hosts", []))]

    @property
    def root_url(self) -> str:
        """The URL that people open, without a slash at its end."""
        return self.args.get("root_url", f"https://{self.host}").rstrip("/")

    @property
    def gateway(self) -> Gateway | None:
        """The Gateway that routes to the workspace, if there is one."""
        gateway = self.args.get("gateway")
        if gateway is None:
            return None
        namespace = gateway.get("namespace", self.namespace)
        return Gateway(gateway["name"], namespace, gateway.get("section"))

    @property
    def monitoring_labels(self) -> Mapping[str, str] | None:
        """The labels of what monitors the workspace; None where nothing does."""
        monitoring = self.args.get("monitoring")
        return None if monitoring is None else monitoring["labels"]

    @property
    def namespace(self) -> str:
        """The namespace it runs in."""
        return self.args["namespace"]

    @property
    def release(self) -> str:
        """The prefix of every object's name."""
        return self.args["release_name"]

    @property
    def microservices(self) -> bool:
        """Whether the dedicated services run."""
        return self.args["mode"] is Mode.MICROSERVICES

    @property
    def paused(self) -> bool:
        """Whether every workload stands still, with no instance."""
        return self.args["pause"]

    @property
    def image_tag(self) -> str | None:
        """Rocket.Chat's image tag without a digest; None for the chart's."""
        return self._image.tag or None

    @property
    def image_digest(self) -> str | None:
        """The digest of the monolith's image, as in `sha256:…`, if one was given."""
        return self._image.digest or None

    @property
    def _image(self) -> ImageReference:
        return ImageReference.parse(f":{self.args['image'].get('tag', '')}")

    @property
    def image_registry(self) -> str | None:
        """The registry that mirrors all images, if there is one."""
        return self.args["image"].get("registry")

    @property
    def values(self) -> Mapping[str, Any]:
        """The operator's own Helm values."""
        return self.args.get("values", {})

    @property
    def pod_template_overrides(self) -> PodTemplateOverrides:
        """What pods keep from Helm, by workload."""
        return self.args.get("pod_template_overrides", {})

    @property
    def resilience(self) -> ResilienceArgs:
        """Which fixes of the chart are on; none where all are switched off together."""
        switches = self.args["resilience"]
        if switches["enabled"]:
            return switches
        return cast("ResilienceArgs", dict.fromkeys(switches, False))

    @property
    def scheduling(self) -> Scheduling:
        """What every pod asks of its node."""
        return _scheduling(self.args)

    @property
    def chart(self) -> ChartSource:
        """Where the chart comes from."""
        return chart_source(self.args["chart"])

    @property
    def uploads_on_one_node(self) -> bool:
        """Whether uploads are on a volume that only one node mounts."""
        uploads = self.args.get("uploads")
        return uploads is not None and uploads["access_mode"] in ONE_NODE_MODES

    @property
    def mongodb(self) -> SecretKey:
        """Where MongoDB's URL is, whoever creates the Secret."""
        name = self.args.get("mongodb_secret", f"{self.release}-mongodb-url")
        return SecretKey(name, self.args["mongodb_secret_key"])

    @property
    def mongodb_options(self) -> Mapping[str, str]:
        """What is appended to the URL of MongoDB."""
        return self.args.get("mongodb_options", {})

    @property
    def existing_license(self) -> SecretKey | None:
        """Where the licence is in an existing Secret, if one was given."""
        name = self.args.get("license_secret")
        return None if name is None else SecretKey(name, self.args["license_secret_key"])

    @property
    def environment_secret(self) -> str | None:
        """The Secret that the monolith gets as environment variables, if there is one."""
        if "license" not in self.args and "registration_token" not in self.args:
            return None
        return f"{self.release}-environment"

    @property
    def mail(self) -> SecretKey | None:
        """Where the mail server's URL is, if there is one."""
        smtp = self.args.get("smtp")
        if smtp is None:
            return None
        return SecretKey(
            smtp.get("existing_secret", f"{self.release}-smtp"), smtp["existing_secret_key"]
        )

    def with_values(self, values: Mapping[str, Any]) -> "WorkspaceSpec":
        """Returns the same spec with other Helm values of the operator's own."""
        return replace(self, args={**self.args, "values": values})

    def scheduling_of(self, service: Service) -> Scheduling:
        """What the pods of a service ask of their nodes: its own settings, or the workspace's."""
        own: Mapping[str, Any] = self.settings_of(service)
        return _scheduling({**self.args, **own})

    def settings_of(self, service: Service) -> ServiceSettingsArgs:
        """The settings of a service."""
        settings: Any = self.args["services"]
        own: ServiceSettingsArgs = settings.get(service.name, {})
        return own

    def may_have_replicas(self, service: Service) -> bool:
        """Whether a service may have more than one instance."""
        autoscaling = self.autoscaling.get(service.name)
        replicas = self.replicas.get(service.name, 1)
        return (autoscaling.max_replicas if autoscaling else replicas) > 1

    def format_key(self, path: str) -> str:
        """Returns `ingress.tls_secret` as its author wrote it."""
        return format_key(path, self.key_format)
