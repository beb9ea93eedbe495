"""One row for each input: its default, its validator, and its place in the chart's values.

Types and descriptions are the declarations of `args.py`. What is generated from both: the config
in Pulumi.yaml, docs/inputs.md and the policy pack's table (`make generate`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.args import Mode, MonolithFeatures, ResilienceArgs
from components.inputs.checks import (
    NO_CONTROL_CHARACTERS,
    PORT,
    Check,
    OneOf,
    Range,
    SecretCheck,
    Validator,
    check_affinity,
    check_annotations,
    check_extra_hosts,
    check_gateway,
    check_host,
    check_labels,
    check_mail_host,
    check_mongodb_options,
    check_names,
    check_namespace,
    check_node_selector,
    check_object_name,
    check_other_namespace,
    check_pod_labels,
    check_release_name,
    check_resources,
    check_secret_key,
    check_secret_reference,
    check_storage,
    check_tolerations,
    check_trusted_certificates,
    check_variables,
    check_variables_from,
    is_image_tag,
    is_repository,
    is_root_url,
)
from components.inputs.errors import ValidationErrors
from components.inputs.pod_template_overrides import check_pod_template_overrides
from components.inputs.urls import mongodb_url_error, nats_url_error
from components.kube.images import ImageReference
from components.naming import field_types
from components.services import DDP_STREAMER, NATS, SERVICES, Service

MAX_REPLICAS = 1000
"""More is a typing error: 1000 ddp-streamers serve 500,000 concurrent users."""
REPLICAS = Range(1, MAX_REPLICAS)
READ_WRITE_ONCE = "ReadWriteOnce"
"""The access mode of a volume that only one node mounts."""
ONE_NODE_MODES = (READ_WRITE_ONCE, "ReadWriteOncePod")
"""The access modes with which only one monolith can run."""
PROBE_SECONDS = {
    "startup_seconds": 24 * 60 * 60,
    "period_seconds": 60 * 60,
    "timeout_seconds": 60 * 60,
    "failure_threshold": 1000,
}
"""The times of a service's probes, each with the most that makes sense."""
PORT_VARIABLE = "PORT"
"""The variable by which a service listens on the port that its Kubernetes Service leads to."""
CERTIFICATES = "NODE_EXTRA_CA_CERTS"
"""The variable that names the file with further authorities to trust: Node.js reads it."""
ROOT_URL = "ROOT_URL"
"""The variable by which Rocket.Chat knows its public URL."""
TRANSPORTER = "TRANSPORTER"
"""The variable by which Rocket.Chat finds NATS."""
NATS_URL = "NATS_URL"
"""Holds an external NATS's URL where the transporter needs a prefix before it."""
NATS_PASSWORD = "NATS_PASSWORD"  # noqa: S105 - the name of a variable
"""Holds the password of the bundled NATS, for NATS and for those that connect to it."""
MONGODB_URL = "MONGODB_URL"
"""Holds MongoDB's URL where options are appended to it."""
LICENSE = "ROCKETCHAT_LICENSE"
"""The variable that Rocket.Chat reads its licence from."""
MAIL_KEY = "mail-url"
"""The key of the mail server's URL in a Secret, as the chart has it."""
MONGODB_KEY = "mongo-uri"
"""The key of MongoDB's URL in a Secret, as the chart has it."""

Args = Mapping[str, Any]
"""Decoded inputs."""
_REGISTRY = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*")
_CHART_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
IGNORED_REPLICA_COUNT = "microservices.replicaCount"
"""Rocket.Chat's guide to microservices teaches it, and the chart ignores it."""


@dataclass(frozen=True)
class Input:
    """What the program knows about one input besides its type and description."""

    path: str
    """Where it is in the inputs, as in `ingress.tls_secret`."""
    default: Any = None
    """Its default; a field's default applies only where its group is given or has a default."""
    default_note: str = ""
    """The default in words, where it isn't one value."""
    note: str = ""
    """A further sentence for its description, made of facts that are elsewhere."""
    validate: Validator | None = None
    helm: str = ""
    """The Helm value that means the same, as in `ingress.tls`; only this input may set it."""
    written: bool = True
    """Whether the program sets that Helm value; it sets others in place of secrets, for example."""
    to_helm: Callable[[Any, Args], Any] = lambda value, _: value
    """Returns the Helm value for this input's value, given all inputs."""
    from_helm: Callable[[Any, Args], Any] = lambda value, _: value
    """Returns the input's value for a Helm value, given `host`; None where it can't express it."""
    owns: tuple[str, ...] = ()
    """Further Helm values that it decides, so that `values` may not hold them."""
    shares: tuple[str, ...] = ()
    """Helm values that it decides where it is given, and that are the operator's otherwise."""
    env: tuple[str, ...] = ()
    """The monolith's variables that it decides."""


def _for_service(service: Service) -> Iterator[Input]:
    settings = f"services.{service.name}"
    yield Input(settings, owns=() if service.in_chart else (_helm_group(service),))
    yield Input(
        f"{settings}.resources",
        validate=check_resources,
        helm=".".join(service.resources),
    )
    yield Input(f"{settings}.node_selector", validate=check_node_selector)
    yield Input(f"{settings}.tolerations", validate=check_tolerations)
    yield Input(f"{settings}.affinity", validate=check_affinity)
    yield Input(f"{settings}.priority_class", validate=check_object_name)
    yield Input(f"{settings}.pod_annotations", validate=check_annotations)
    yield Input(f"{settings}.pod_labels", validate=check_pod_labels)
    yield Input(f"{settings}.probes")
    yield Input(f"{settings}.probes.enabled", default=True)
    for name, seconds in PROBE_SECONDS.items():
        yield Input(f"{settings}.probes.{name}", validate=Range(1, seconds))
    yield Input(f"{settings}.variables", validate=check_variables)
    yield Input(f"{settings}.variables_from", validate=check_variables_from)
    if service.scalable:
        scaling = f"{settings}.autoscaling"
        yield Input(scaling)
        yield Input(f"{scaling}.min_replicas", validate=REPLICAS)
        yield Input(f"{scaling}.max_replicas", validate=REPLICAS)
        yield Input(f"{scaling}.target_cpu_percent", default=70, validate=Range(1, 100))
    if service.users_per_instance is not None:
        maximum = service.users_per_instance
        planned = Range(1, maximum, f"An instance is planned for {maximum}.")
        yield Input(f"{scaling}.target_users_connected", validate=planned)
        down = f"{scaling}.scale_down"
        yield Input(down, default={})
        # The most that Kubernetes takes is the maximum of each.
        window = Input(
            f"{down}.stabilization_window_seconds", default=1800, validate=Range(0, 3600)
        )
        yield window
        yield Input(f"{down}.period_seconds", default=600, validate=Range(1, 1800))


def _helm_group(service: Service) -> str:
    return f"microservices.{service.config_name}"


def _helm_replicas(service: Service) -> str:
    # A service that the chart lacks has nothing in its values, wherever people may look for it.
    return ".".join(service.replicas) if service.in_chart else _helm_group(service)


def _replicas(service: Service) -> Input:
    number = service.default_replicas
    return Input(
        f"replicas.{service.name}",
        default_note=f"{number}, or `replicaCount`",
        validate=Range(1, MAX_REPLICAS, f"Left out, it is {number}."),
        owns=(_helm_replicas(service), *service.ignored_replicas),
    )


def _tls(secret: str, args: Args) -> list[dict[str, Any]]:
    return [{"secretName": secret, "hosts": [args["host"]]}]


def _tls_secret(tls: Any, args: Args) -> str | None:  # noqa: ANN401 - any Helm value
    """Returns the one Secret with the certificate of the host alone."""
    if not isinstance(tls, list) or len(tls) != 1 or not isinstance(tls[0], Mapping):
        return None
    name = tls[0].get("secretName")
    return str(name) if name and tls[0].get("hosts") == [args["host"]] else None


def _for_every_pod(name: str, key: str, validate: Validator) -> Input:
    """An input that the program sets on every pod, where the chart reaches only some."""
    return Input(name, validate=validate, helm=key, written=False, owns=(f"global.{key}",))


_CLUSTER_DEFAULT = "the cluster's own"

INPUTS: tuple[Input, ...] = (
    Input(
        "host",
        validate=check_host,
        helm="host",
    ),
    Input("extra_hosts", validate=check_extra_hosts),
    Input(
        "root_url",
        default_note="`https://` and `host`",
        validate=Check(
            is_root_url, "a URL such as http://chat.example.com:8080", "Leave out the path."
        ),
        env=(ROOT_URL,),
    ),
    Input("namespace", default="rocketchat", validate=check_namespace),
    Input("create_namespace", default=True),
    Input("release_name", default="chat", validate=check_release_name),
    Input("mode", default=Mode.MICROSERVICES, owns=("microservices.enabled",)),
    Input(
        "replica_count",
        default_note=f"1, NATS {NATS.default_replicas}",
        validate=REPLICAS,
        owns=(
            *(".".join(service.replicas) for service in SERVICES if service.in_chart),
            IGNORED_REPLICA_COUNT,
            *(path for service in SERVICES for path in service.ignored_replicas),
        ),
    ),
    Input("omnichannel_services", default=True),
    Input("replicas", default={}, owns=(IGNORED_REPLICA_COUNT,)),
    *(_replicas(service) for service in SERVICES),
    Input(
        "concurrent_users",
        note=f"One ddp-streamer serves {DDP_STREAMER.users_per_instance}.",
        validate=Range(1, MAX_REPLICAS * (DDP_STREAMER.users_per_instance or 1)),
    ),
    Input("pause", default=False),
    Input("services", default={}),
    *(row for service in SERVICES for row in _for_service(service)),
    Input("variables", validate=check_variables),
    Input("variables_from", validate=check_variables_from),
    Input("trusted_certificates", validate=check_trusted_certificates, env=(CERTIFICATES,)),
    Input("trusted_certificates.key", default="ca.crt"),
    Input(
        "nats",
        default_note="the bundled NATS",
        owns=("nats.enabled",),
        env=(TRANSPORTER, NATS_URL, NATS_PASSWORD),
    ),
    Input("nats.existing_secret", validate=check_secret_reference, owns=("nats.existingSecret",)),
    Input("nats.authentication", default=False, owns=("nats.auth",)),
    Input(
        "nats_url",
        default_note="the bundled NATS",
        validate=SecretCheck(nats_url_error),
        owns=("nats.enabled",),
        env=(TRANSPORTER, NATS_URL),
    ),
    Input("monolith_features", default=MonolithFeatures.DISABLED),
    Input(
        "mongodb_url",
        default_note="required, unless `mongodbSecret` is given",
        validate=SecretCheck(mongodb_url_error),
        helm="externalMongodbUrl",
        written=False,
        owns=("mongodb.enabled",),
        env=("MONGO_URL",),
    ),
    Input(
        "mongodb_secret",
        default_note="required, unless `mongodbUrl` is given",
        validate=check_object_name,
        helm="existingMongodbSecret",
        owns=("mongodb.enabled",),
        env=("MONGO_URL",),
    ),
    Input("mongodb_secret_key", default=MONGODB_KEY, validate=check_secret_key),
    Input("mongodb_options", validate=check_mongodb_options, env=(MONGODB_URL,)),
    Input(
        "license",
        validate=NO_CONTROL_CHARACTERS,
        helm="license",
        written=False,
        env=(LICENSE,),
    ),
    Input("license_secret", validate=check_object_name, env=(LICENSE,)),
    Input("license_secret_key", default=LICENSE, validate=check_secret_key),
    Input(
        "registration_token",
        validate=NO_CONTROL_CHARACTERS,
        helm="registrationToken",
        written=False,
        env=("REG_TOKEN",),
    ),
    Input("smtp", owns=("smtp",), env=("MAIL_URL",)),
    Input(
        "smtp.host",
        validate=check_mail_host,
        helm="smtp.host",
        written=False,
    ),
    Input("smtp.port", default=587, validate=PORT, helm="smtp.port", written=False),
    Input("smtp.username", helm="smtp.username", written=False),
    Input("smtp.existing_secret", validate=check_object_name, helm="smtp.existingSecret"),
    Input("smtp.existing_secret_key", default=MAIL_KEY, validate=check_secret_key),
    Input("smtp_password", helm="smtp.password", written=False, env=("MAIL_URL",)),
    Input("ingress", default={}),
    Input(
        "ingress.enabled",
        default_note="true, unless `gateway` or another `service.type` than ClusterIP is given",
        owns=("ingress.enabled",),
    ),
    Input(
        "ingress.class_name",
        default_note=_CLUSTER_DEFAULT,
        validate=check_object_name,
        helm="ingress.ingressClassName",
    ),
    Input("ingress.annotations", validate=check_annotations, helm="ingress.annotations"),
    Input(
        "ingress.tls_secret",
        validate=check_object_name,
        helm="ingress.tls",
        to_helm=_tls,
        from_helm=_tls_secret,
        shares=("ingress.tls",),
    ),
    Input("gateway", validate=check_gateway),
    Input("service", default={}),
    Input(
        "service.type",
        default="ClusterIP",
        validate=OneOf(("ClusterIP", "NodePort", "LoadBalancer")),
        helm="service.type",
    ),
    Input("service.port", default=80, validate=PORT, helm="service.port"),
    _for_every_pod("node_selector", "nodeSelector", check_node_selector),
    _for_every_pod("tolerations", "tolerations", check_tolerations),
    Input(
        "affinity",
        validate=check_affinity,
        helm="affinity",
        written=False,
        owns=("global.affinity", "podAntiAffinity"),
    ),
    Input(
        "image_pull_secrets",
        validate=check_names,
        shares=("imagePullSecrets",),
    ),
    Input("cluster_assigns_users", default=False),
    Input("resilience", default={}),
    *(
        Input(
            f"resilience.{name}",
            default=True,
            owns=("podAntiAffinity",) if name == "topology_spread" else (),
        )
        for name in field_types(ResilienceArgs)
    ),
    Input(
        "monitoring",
        shares=(
            "podMonitor",
            "serviceMonitor",
            "nats.podMonitor",
            "nats.exporter.enabled",
            "nats.exporter.serviceMonitor",
            "prometheusScraping.enabled",
        ),
    ),
    Input("monitoring.labels", default={}, validate=check_labels),
    Input("monitoring_namespace", default="monitoring", validate=check_other_namespace),
    Input("image", default={}),
    Input(
        "image.tag",
        default_note="the chart's",
        validate=Check(is_image_tag, "a tag such as 8.6.1, or 8.6.1@sha256:…"),
        helm="image.tag",
        # The other services' images have digests of their own.
        to_helm=lambda tag, _: ImageReference.parse(f":{tag}").tag,
    ),
    Input(
        "image.registry",
        default_note="as the chart has it",
        validate=Check(_REGISTRY.fullmatch, "a registry such as mirror.example.com:5000"),
        helm="global.imageRegistry",
        written=False,
    ),
    Input("uploads", owns=("persistence",)),
    Input("uploads.size", validate=check_storage, helm="persistence.size"),
    Input("uploads.existing_claim", validate=check_object_name, helm="persistence.existingClaim"),
    Input(
        "uploads.access_mode",
        default=READ_WRITE_ONCE,
        validate=OneOf((*ONE_NODE_MODES, "ReadWriteMany")),
        helm="persistence.accessMode",
    ),
    Input(
        "uploads.storage_class",
        default_note=_CLUSTER_DEFAULT,
        validate=check_object_name,
        helm="persistence.storageClass",
    ),
    Input("timeout_seconds", default=600, validate=Range(1, 24 * 60 * 60)),
    Input("chart", default={}),
    Input(
        "chart.version",
        default_note=next(iter(CHART_DIGESTS)),
        validate=Check(_CHART_VERSION.fullmatch, "a full version such as 7.0.2"),
    ),
    Input(
        "chart.repository",
        default_note=REPOSITORY,
        validate=Check(is_repository, "a URL that begins with https:// or oci://"),
    ),
    Input(
        "chart.digest",
        default_note="the known version's",
        validate=Check(_SHA256.fullmatch, "a SHA-256 as 64 lower-case hexadecimal digits"),
    ),
    Input("pod_template_overrides", validate=check_pod_template_overrides),
)

BY_PATH = {row.path: row for row in INPUTS}
ALWAYS_SET = (ROOT_URL, "MONGO_URL", MONGODB_URL, TRANSPORTER, NATS_URL, NATS_PASSWORD)
"""Variables that inputs decide in every workspace, also where none of them is given."""


def get_input(args: Args, path: str) -> Any:  # noqa: ANN401 - any input
    """Returns the value at `path`; None where it isn't given."""
    value: Any = args
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def with_defaults(args: Args) -> dict[str, Any]:
    """Returns a copy of `args` with every default filled in."""
    complete: dict[str, Any] = _copy(args)
    for row in INPUTS:
        group_path, _, name = row.path.rpartition(".")
        group = get_input(complete, group_path) if group_path else complete
        if row.default is not None and group is not None:
            group.setdefault(name, _copy(row.default))
    return complete


def _copy(value: Any) -> Any:  # noqa: ANN401 - any input
    return {key: _copy(item) for key, item in value.items()} if isinstance(value, dict) else value


def validate(args: Args, errors: ValidationErrors) -> None:
    """Adds what is wrong with each input by itself."""
    for row in INPUTS:
        value = get_input(args, row.path)
        if row.validate is not None and value is not None:
            row.validate(value, row.path, errors)


def secret_error(path: str, value: object) -> str:
    """Returns what is wrong with a secret, without showing it; "" for nothing."""
    check = BY_PATH[path].validate
    return check.error(value) if isinstance(check, SecretCheck) else ""
