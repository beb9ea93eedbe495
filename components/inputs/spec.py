"""Inputs -> `Intent`: what is meant, complete and consistent, or every problem at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pulumi

from components.inputs import replicas as sizing
from components.inputs.args import Mode, MonolithFeatures, RocketChatArgs
from components.inputs.chart_source import ChartSource, chart_source
from components.inputs.compute import storage_problem
from components.inputs.decode import decode
from components.inputs.errors import KeyFormat, ValidationErrors, as_is
from components.inputs.pod_template_overrides import PodTemplateOverrides
from components.inputs.rules import check
from components.kube.images import ImageReference
from components.naming import camel
from components.services import BY_NAME, NATS, ROCKETCHAT, SERVICES, Service

READ_WRITE_ONCE = "ReadWriteOnce"
"""The access mode of a volume that one node alone mounts."""


TIMEOUT_SECONDS = 600
"""The Kubernetes provider's own default."""


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
    """Between which numbers, and at which CPU use in percent of the request."""

    min_replicas: int
    max_replicas: int
    target_cpu_percent: int = 70


@dataclass(frozen=True)
class Resilience:
    """Which of the mends are on."""

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
    """What every pod asks of its node."""

    node_selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, Any], ...]
    affinity: Mapping[str, Any]


@dataclass(frozen=True)
class Smtp:
    """How mail leaves: by `existing_secret`, or by the rest."""

    host: str = ""
    port: int = 587
    username: str | None = None
    password: pulumi.Input[str] | None = None
    existing_secret: str | None = None


@dataclass(frozen=True)
class Ingress:
    """How people reach the workspace through an ingress controller."""

    class_name: str | None
    annotations: Mapping[str, str]
    tls_secret: str | None


@dataclass(frozen=True)
class Uploads:
    """The volume for uploaded files."""

    size: str | None
    access_mode: str
    storage_class: str | None
    existing_claim: str | None


@dataclass(frozen=True)
class WorkspaceSpec:
    """What is meant, with every default in its place."""

    host: str
    namespace: str
    create_namespace: bool
    release: str
    microservices: bool
    services: tuple[Service, ...]
    """What the workspace consists of."""
    replicas: Mapping[str, int]
    """Instances of each of `services`, by name; the fewest where they follow the load."""
    bus: Bus
    nats_url: pulumi.Input[str] | None
    mongodb_url: pulumi.Input[str] | None
    mongodb_secret: str
    """The Secret that holds MongoDB's URL, whoever makes it."""
    license: pulumi.Input[str] | None
    registration_token: pulumi.Input[str] | None
    smtp: Smtp | None
    ingress: Ingress | None
    service_type: str
    service_port: int
    resources: Mapping[str, Mapping[str, Mapping[str, str]]]
    autoscaling: Mapping[str, Autoscaling]
    """The services whose numbers follow the load, by name."""
    scheduling: Scheduling
    resilience: Resilience
    monitoring_namespace: str
    image_tag: str | None
    """Without a digest."""
    image_digest: str | None
    """Pins the monolith's image, as in `sha256:…`."""
    image_registry: str | None
    uploads: Uploads | None
    timeout_seconds: int
    """How long an update waits for an object to get ready."""
    chart: ChartSource
    acknowledge: tuple[str, ...]
    """Steps of an upgrade that the operator has seen to, by name."""
    pod_template_overrides: PodTemplateOverrides
    values: Mapping[str, Any]
    key_format: KeyFormat
    """How messages write the inputs' names."""
    warnings: tuple[str, ...]

    @property
    def environment_secret(self) -> str | None:
        """The Secret that the monolith gets as environment variables, if there is one."""
        if self.license is None and self.registration_token is None:
            return None
        return f"{self.release}-environment"

    @property
    def mail_secret(self) -> str:
        """The Secret that holds the mail server's URL."""
        existing = self.smtp.existing_secret if self.smtp else None
        return f"{self.release}-smtp" if existing is None else existing

    def may_have_replicas(self, service: Service) -> bool:
        """Whether a service may have more than one instance."""
        between = self.autoscaling.get(service.name)
        return (between.max_replicas if between else self.replicas.get(service.name, 1)) > 1


def resolve(
    came: RocketChatArgs | Mapping[str, Any],
    errors: ValidationErrors | None = None,
    names: KeyFormat = as_is,
) -> WorkspaceSpec:
    """What the inputs mean, with names in `came` as `names` writes them.

    Raises `pulumi.RunError`, which tells every problem at once, those in `errors` first.
    """
    errors = errors or ValidationErrors()
    args = decode(came, RocketChatArgs, errors, names)
    check(args, errors)
    numbers = {
        "replica_count": args.get("replica_count"),
        "concurrent_users": args.get("concurrent_users"),
    }
    sizing.check(errors, replicas=args.get("replicas"), **numbers)
    chart = chart_source(args.get("chart", {}), errors)

    microservices = args.get("mode", Mode.MICROSERVICES) is Mode.MICROSERVICES
    replicas = args.get("replicas", {})
    monoliths = replicas.get(ROCKETCHAT.name) or args.get("replica_count") or 1
    release = args.get("release_name", "chat")
    bus = _bus(args, release, microservices=microservices, monoliths=monoliths)
    services = sizing.running(microservices=microservices, bundled_nats=bus.nats is Nats.BUNDLED)
    uploads = _uploads(args, errors, monoliths)
    errors.raise_if_any()

    image = ImageReference.parse(f":{args.get('image', {}).get('tag', '')}")
    autoscaling = {
        name: Autoscaling(**between)
        for name, between in args.get("autoscaling", {}).items()
        if BY_NAME[name] in services
    }
    table = sizing.resolve(services, replicas=replicas, **numbers)
    table.update({name: between.min_replicas for name, between in autoscaling.items()})
    return WorkspaceSpec(
        host=args["host"],
        namespace=args.get("namespace", "rocketchat"),
        create_namespace=args.get("create_namespace", True),
        release=release,
        microservices=microservices,
        services=services,
        replicas=table,
        bus=bus,
        nats_url=args.get("nats_url"),
        mongodb_url=args.get("mongodb_url"),
        mongodb_secret=args.get("mongodb_secret", f"{release}-mongodb-url"),
        license=args.get("license"),
        registration_token=args.get("registration_token"),
        smtp=_smtp(args),
        ingress=_ingress(args),
        service_type=args.get("service", {}).get("type", "ClusterIP"),
        service_port=args.get("service", {}).get("port", 80),
        resources=args.get("resources", {}),
        autoscaling=autoscaling,
        scheduling=Scheduling(
            args.get("node_selector", {}),
            tuple(
                {camel(key): value for key, value in one.items()}
                for one in args.get("tolerations", [])
            ),
            args.get("affinity", {}),
        ),
        resilience=_resilience(args),
        monitoring_namespace=args.get("monitoring_namespace", "monitoring"),
        image_tag=image.tag or None,
        image_digest=image.digest or None,
        image_registry=args.get("image", {}).get("registry"),
        uploads=uploads,
        timeout_seconds=args.get("timeout_seconds", TIMEOUT_SECONDS),
        chart=chart,
        acknowledge=tuple(args.get("acknowledge", ())),
        pod_template_overrides=args.get("pod_template_overrides", {}),
        values=args.get("values", {}),
        key_format=errors.key_format,
        warnings=tuple(_warnings(args, errors, services, table, bus)),
    )


def _resilience(args: Mapping[str, Any]) -> Resilience:
    given = dict(args.get("resilience", {}))
    return Resilience(**given) if given.pop("enabled", True) else NOTHING


def _bus(args: Mapping[str, Any], release: str, *, microservices: bool, monoliths: int) -> Bus:
    features = args.get("monolith_features", MonolithFeatures.DISABLED)
    # Without dedicated services the monolith does everything, whatever the transporter is for.
    prefix = not microservices or features is MonolithFeatures.ENABLED
    existing = args.get("nats", {}).get("existing_secret")
    if existing is not None:
        secret = SecretKey(existing.get("name", ""), existing.get("key", ""))
        return Bus(Nats.EXTERNAL, secret, monolith_prefix=prefix)
    if "nats_url" in args:
        return Bus(Nats.EXTERNAL, SecretKey(f"{release}-nats-url", "url"), monolith_prefix=prefix)
    if microservices or monoliths > 1:
        return Bus(Nats.BUNDLED, monolith_prefix=prefix)
    return Bus(Nats.NONE)


def _smtp(args: Mapping[str, Any]) -> Smtp | None:
    if "smtp" not in args:
        return None
    return Smtp(**args["smtp"], password=args.get("smtp_password"))


def _ingress(args: Mapping[str, Any]) -> Ingress | None:
    given = args.get("ingress", {})
    behind = args.get("service", {}).get("type", "ClusterIP") == "ClusterIP"
    if not given.get("enabled", behind):
        return None
    return Ingress(given.get("class_name"), given.get("annotations", {}), given.get("tls_secret"))


def _uploads(args: Mapping[str, Any], errors: ValidationErrors, monoliths: int) -> Uploads | None:
    given = args.get("uploads")
    if given is None:
        return None
    modes = (READ_WRITE_ONCE, "ReadWriteMany")
    mode = given.get("access_mode", modes[0])
    if mode not in modes:
        errors.add_invalid("uploads.access_mode", mode, " or ".join(modes))
    existing = "existing_claim" in given
    wrong = storage_problem(given.get("size", "1"))
    if wrong:
        errors.add_invalid("uploads.size", given["size"], *wrong)
    if existing == ("size" in given) and not errors.has_error("uploads.size"):
        size, claim = (
            errors.format_key("uploads.size"),
            errors.format_key("uploads.existing_claim"),
        )
        errors.add("uploads", f"takes one of {size} and {claim}. Give one of them.")
    if existing and "storage_class" in given:
        errors.add("uploads.storage_class", "is the existing claim's own. Remove it.")
    if mode == modes[0] and monoliths > 1:
        errors.add(
            "uploads.access_mode",
            f"is {mode}, which one node mounts, and {monoliths} monoliths run. Use ReadWriteMany"
            f" with a storage class that has it, or run one ({errors.format_key('replicas.rocketchat')})"
            ", or keep uploads elsewhere (Rocket.Chat: GridFS, S3).",
        )
    return Uploads(
        given.get("size"),
        mode,
        given.get("storage_class"),
        given.get("existing_claim"),
    )


def _warnings(
    args: Mapping[str, Any],
    errors: ValidationErrors,
    services: tuple[Service, ...],
    table: Mapping[str, int],
    bus: Bus,
) -> list[str]:
    monolith = f"{errors.format_key('mode')} is monolith"
    why_not = {service.name: monolith for service in SERVICES}
    external = bus.nats is Nats.EXTERNAL
    why_not[NATS.name] = "NATS is external" if external else "a single monolith needs no bus"
    found = sizing.warnings(services, errors, args, why_not)
    microservices = len(services) > 1 and any(service.dedicated for service in services)
    if "license" not in args and (microservices or table[ROCKETCHAT.name] > 1):
        found.append(
            f"{errors.format_key('license')}: none given. Rocket.Chat stops surplus instances of a"
            " workspace without one; ignore this where the workspace already holds its licence.",
        )
    tag = args.get("image", {}).get("tag")
    if tag is not None and not re.match(r"v?\d+\.\d+\.\d+", tag):
        found.append(
            f"{errors.format_key('image.tag')}: {tag} floats, so that what runs depends on when a node"
            " pulled it. Name a full version such as 8.6.1.",
        )
    if tag is not None and "@" in tag and microservices:
        found.append(
            f"{errors.format_key('image.tag')}: its digest pins the monolith's image only. The"
            " other services' images have digests of their own and are pulled by the tag.",
        )
    uploads = args.get("uploads")
    if uploads is not None and uploads.get("access_mode", READ_WRITE_ONCE) == READ_WRITE_ONCE:
        found.append(
            f"{errors.format_key('uploads.access_mode')}: {READ_WRITE_ONCE} is mounted by one node, so that"
            " an update stops the monolith before its successor starts. ReadWriteMany keeps it up.",
        )
    if not microservices and args.get("monolith_features") is MonolithFeatures.ENABLED:
        found.append(f"{errors.format_key('monolith_features')}: has no effect, as {monolith}.")
    if microservices and _ingress(args) is None:
        found.append(
            f"{errors.format_key('ingress')}: off, so that nothing of ours leads /websocket and /sockjs"
            " to ddp-streamer. Have your own proxy do it, or people's clients won't connect.",
        )
    return found
