"""Inputs -> `WorkspaceSpec`: what is meant, complete and consistent, or every error at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import pulumi

from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.args import ChartArgs, Mode, MonolithFeatures, RocketChatArgs
from components.inputs.decode import decode, is_secret
from components.inputs.definitions import READ_WRITE_ONCE, get_input, validate, with_defaults
from components.inputs.errors import KeyFormat, ValidationErrors, format_key
from components.inputs.pod_template_overrides import PodTemplateOverrides
from components.inputs.replicas import (
    autoscaling_of,
    replica_warnings,
    resolve_replicas,
    services_of,
)
from components.inputs.rules import check_chart, check_combinations, number_of_monoliths
from components.kube.images import ImageReference
from components.naming import camel, field_types
from components.services import NATS, ROCKETCHAT, SERVICES, Service

SECRETS = tuple(
    name for name, declared in field_types(RocketChatArgs).items() if is_secret(declared)
)
"""The inputs whose values are secrets."""


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
    monolith_prefix: bool = False
    """Whether the monolith's transporter begins with `monolith+`."""


@dataclass(frozen=True)
class Autoscaling:
    """The bounds of an autoscaler, and the CPU use that it aims at, in percent of the request."""

    min_replicas: int
    max_replicas: int
    target_cpu_percent: int


@dataclass(frozen=True)
class Resilience:
    """Which fixes of the chart are on."""

    rolling_updates: bool = True
    probes: bool = True
    graceful_shutdown: bool = True
    disruption_budgets: bool = True
    topology_spread: bool = True
    retries: bool = True
    pod_security: bool = True
    network_policy: bool = True


NOTHING = Resilience(**dict.fromkeys(Resilience.__dataclass_fields__, False))


@dataclass(frozen=True)
class Scheduling:
    """What every pod asks of its node, with keys as Kubernetes has them."""

    node_selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, Any], ...]
    affinity: Mapping[str, Any]


@dataclass(frozen=True)
class Smtp:
    """The mail server: by `existing_secret`, or by the other fields."""

    host: str = ""
    port: int = 587
    username: str | None = None
    password: pulumi.Input[str] | None = None
    existing_secret: str | None = None


@dataclass(frozen=True)
class ChartSource:
    """Where the chart comes from: `path`, or `version` from `repository`."""

    version: str
    repository: str
    digest: str | None
    path: str | None


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
    mongodb_secret: str
    """The Secret that holds MongoDB's URL, whoever creates it."""
    has_ingress: bool
    warnings: tuple[str, ...]
    key_format: KeyFormat
    """How messages write the inputs' names."""

    @property
    def host(self) -> str:
        """The public host name."""
        return self.args["host"]

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
    def resilience(self) -> Resilience:
        """Which fixes of the chart are on."""
        switches: dict[str, Any] = {**self.args["resilience"]}
        return Resilience(**switches) if switches.pop("enabled") else NOTHING

    @property
    def scheduling(self) -> Scheduling:
        """What every pod asks of its node."""
        return Scheduling(
            self.args.get("node_selector", {}),
            tuple(
                {camel(key): value for key, value in toleration.items()}
                for toleration in self.args.get("tolerations", [])
            ),
            self.args.get("affinity", {}),
        )

    @property
    def smtp(self) -> Smtp | None:
        """The mail server, if there is one."""
        if "smtp" not in self.args:
            return None
        return Smtp(**self.args["smtp"], password=self.args.get("smtp_password"))

    @property
    def chart(self) -> ChartSource:
        """Where the chart comes from."""
        return chart_source(self.args["chart"])

    @property
    def uploads_on_one_node(self) -> bool:
        """Whether uploads are on a volume that only one node mounts."""
        uploads = self.args.get("uploads")
        return uploads is not None and uploads["access_mode"] == READ_WRITE_ONCE

    @property
    def environment_secret(self) -> str | None:
        """The Secret that the monolith gets as environment variables, if there is one."""
        if "license" not in self.args and "registration_token" not in self.args:
            return None
        return f"{self.release}-environment"

    @property
    def mail_secret(self) -> str:
        """The Secret that holds the mail server's URL."""
        existing = self.smtp.existing_secret if self.smtp else None
        return f"{self.release}-smtp" if existing is None else existing

    def may_have_replicas(self, service: Service) -> bool:
        """Whether a service may have more than one instance."""
        autoscaling = self.autoscaling.get(service.name)
        replicas = self.replicas.get(service.name, 1)
        return (autoscaling.max_replicas if autoscaling else replicas) > 1

    def format_key(self, path: str) -> str:
        """Returns `ingress.tls_secret` as its author wrote it."""
        return format_key(path, self.key_format)


def resolve(
    raw: RocketChatArgs | Mapping[str, Any],
    errors: ValidationErrors | None = None,
) -> WorkspaceSpec:
    """Decodes, validates and completes the inputs.

    Args:
        raw: Inputs with names as their author wrote them (`errors.key_format`).
        errors: Errors found before, which are raised with those found here.

    Raises:
        pulumi.RunError: Every error at once.
    """
    errors = errors or ValidationErrors()
    given = decode(raw, RocketChatArgs, errors)
    validate(given, errors)
    check_combinations(given, errors)
    errors.raise_if_any()

    args = with_defaults(given)
    for name in SECRETS:
        if name in args:
            args[name] = pulumi.Output.secret(args[name])
    microservices = args["mode"] is Mode.MICROSERVICES
    bus = _bus(args)
    services = services_of(microservices=microservices, bundled_nats=bus.nats is Nats.BUNDLED)
    replicas = resolve_replicas(services, args)
    has_ingress = args["ingress"].get("enabled", args["service"]["type"] == "ClusterIP")
    return WorkspaceSpec(
        args=cast("RocketChatArgs", args),
        services=services,
        replicas=replicas,
        autoscaling={
            service.name: Autoscaling(**autoscaling_of(service, args))
            for service in services
            if autoscaling_of(service, args)
        },
        bus=bus,
        mongodb_secret=args.get("mongodb_secret", f"{args['release_name']}-mongodb-url"),
        has_ingress=has_ingress,
        warnings=tuple(_warnings(args, errors, services, bus, has_ingress=has_ingress)),
        key_format=errors.key_format,
    )


def resolve_chart(raw: Mapping[str, Any], errors: ValidationErrors | None = None) -> ChartSource:
    """Decodes and validates the input `chart` alone; otherwise as `resolve`."""
    errors = errors or ValidationErrors()
    args = {"chart": decode(raw, ChartArgs, errors, "chart")}
    validate(args, errors)
    check_chart(args, errors)
    errors.raise_if_any()
    return chart_source(cast("ChartArgs", args["chart"]))


def chart_source(chart: ChartArgs) -> ChartSource:
    """Returns the source that the valid input `chart` means."""
    version = chart.get("version", next(iter(CHART_DIGESTS)))
    path, digest = chart.get("path"), chart.get("digest")
    if path is None and digest is None:
        digest = CHART_DIGESTS[version]
    return ChartSource(version, chart.get("repository", REPOSITORY), digest, path)


def _bus(args: Mapping[str, Any]) -> Bus:
    microservices = args["mode"] is Mode.MICROSERVICES
    # Without dedicated services the monolith does everything, whatever the transporter is for.
    prefix = not microservices or args["monolith_features"] is MonolithFeatures.ENABLED
    existing = get_input(args, "nats.existing_secret")
    if existing is not None:
        return Bus(Nats.EXTERNAL, SecretKey(**existing), monolith_prefix=prefix)
    if "nats_url" in args:
        secret = SecretKey(f"{args['release_name']}-nats-url", "url")
        return Bus(Nats.EXTERNAL, secret, monolith_prefix=prefix)
    if microservices or number_of_monoliths(args) > 1:
        return Bus(Nats.BUNDLED, monolith_prefix=prefix)
    return Bus(Nats.NONE)


def _warnings(
    args: Mapping[str, Any],
    errors: ValidationErrors,
    services: tuple[Service, ...],
    bus: Bus,
    *,
    has_ingress: bool,
) -> list[str]:
    key = errors.format_key
    microservices = args["mode"] is Mode.MICROSERVICES
    monolith_mode = f"{key('mode')} is monolith"
    why_not = {service.name: monolith_mode for service in SERVICES}
    external = bus.nats is Nats.EXTERNAL
    why_not[NATS.name] = "NATS is external" if external else "a single monolith needs no bus"
    warnings = replica_warnings(services, args, errors, why_not)
    replicas = resolve_replicas(services, args)
    if "license" not in args and (microservices or replicas[ROCKETCHAT.name] > 1):
        warnings.append(
            f"{key('license')}: none given. Rocket.Chat stops surplus instances of a workspace"
            " without one; ignore this where the workspace already holds its licence.",
        )
    tag = args["image"].get("tag")
    if tag is not None and not re.match(r"v?\d+\.\d+\.\d+", tag):
        warnings.append(
            f"{key('image.tag')}: {tag} floats, so that what runs depends on when a node pulled it."
            " Name a full version such as 8.6.1.",
        )
    if tag is not None and "@" in tag and microservices:
        warnings.append(
            f"{key('image.tag')}: its digest pins the monolith's image only. The other services'"
            " images have digests of their own and are pulled by the tag.",
        )
    if get_input(args, "uploads.access_mode") == READ_WRITE_ONCE:
        warnings.append(
            f"{key('uploads.access_mode')}: only one node mounts {READ_WRITE_ONCE}, so that an"
            " update stops the monolith before its successor starts. ReadWriteMany keeps it up.",
        )
    if not microservices and args["monolith_features"] is MonolithFeatures.ENABLED:
        warnings.append(f"{key('monolith_features')}: has no effect, as {monolith_mode}.")
    if microservices and not has_ingress:
        warnings.append(
            f"{key('ingress')}: off, so that nothing of ours routes /websocket and /sockjs to"
            " ddp-streamer. Have your own proxy do it, or people's clients won't connect.",
        )
    return warnings
