"""Inputs -> `Intent`: what is meant, complete and consistent, or every problem at once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import sizing
from components.args import Mode, MonolithFeatures, RocketChatArgs
from components.bus import Bus, Nats, SecretKey
from components.chart import ChartSource, source_of
from components.overrides import owned_keys
from components.problems import Problems, Spell, as_is
from components.quantity import quantity
from components.services import NATS, ROCKETCHAT, SERVICES, Service
from components.shape import fit

_REGISTRY = r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*"
LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_LONGEST_SUFFIX = "-rocketchat-monolith-ms-metrics"
"""The longest that chart 7.0.2 puts behind the release's name to name a Service."""
LONGEST_RELEASE = 63 - len(_LONGEST_SUFFIX)
SUBCHARTS = ("nats", "mongodb")
"""Helm leaves a subchart's name out where the release's holds it, and nothing finds it then."""

COMPUTE = ("cpu", "memory", "ephemeral-storage")
"""What Kubernetes itself hands out; anything else has a domain before its name."""
NAMES = (
    "namespace",
    "mongodb_secret",
    "smtp.existing_secret",
    "ingress.class_name",
    "ingress.tls_secret",
    "uploads.storage_class",
)
"""The inputs that name an object on the cluster."""

SECRET_FORMS = {
    "mongodb_url": re.compile(r"mongodb(\+srv)?://\S+"),
    "nats_url": re.compile(r"nats://\S+"),
}
"""What the secrets that are URLs look like; they are checked, and never shown."""


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

    size: str
    access_mode: str
    storage_class: str | None


@dataclass(frozen=True)
class Intent:
    """What is meant, with every default in its place."""

    host: str
    namespace: str
    create_namespace: bool
    release: str
    microservices: bool
    services: tuple[Service, ...]
    """What the workspace consists of."""
    replicas: Mapping[str, int]
    """Instances of each of `services`, by name."""
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
    image_tag: str | None
    image_registry: str | None
    uploads: Uploads | None
    chart: ChartSource
    values: Mapping[str, Any]
    spell: Spell
    """How messages write the inputs' names."""
    warnings: tuple[str, ...]


def resolve(
    came: RocketChatArgs | Mapping[str, Any],
    problems: Problems | None = None,
    names: Spell = as_is,
) -> Intent:
    """What the inputs mean, with names in `came` as `names` writes them.

    Raises `pulumi.RunError`, which tells every problem at once, those in `problems` first.
    """
    problems = problems or Problems()
    args = fit(came, RocketChatArgs, problems, names)
    _check_names(args, problems)
    _check_secrets(args, problems)
    _check_exposure(args, problems)
    _check_resources(args, problems)
    numbers = {
        "replica_count": args.get("replica_count"),
        "concurrent_users": args.get("concurrent_users"),
    }
    sizing.check(problems, replicas=args.get("replicas"), **numbers)
    _check_values(args.get("values", {}), problems)
    chart = source_of(args.get("chart", {}), problems)

    microservices = args.get("mode", Mode.MICROSERVICES) is Mode.MICROSERVICES
    replicas = args.get("replicas", {})
    monoliths = replicas.get(ROCKETCHAT.name) or args.get("replica_count") or 1
    release = args.get("release_name", "chat")
    bus = _bus(args, release, microservices=microservices, monoliths=monoliths)
    services = sizing.running(microservices=microservices, bundled_nats=bus.nats is Nats.BUNDLED)
    uploads = _uploads(args, problems, monoliths)
    problems.raise_if_any()

    table = sizing.resolve(services, replicas=replicas, **numbers)
    return Intent(
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
        image_tag=args.get("image", {}).get("tag"),
        image_registry=args.get("image", {}).get("registry"),
        uploads=uploads,
        chart=chart,
        values=args.get("values", {}),
        spell=problems.spell,
        warnings=tuple(_warnings(args, problems, services, table, bus)),
    )


def _check_values(values: Mapping[str, Any], problems: Problems) -> None:
    try:
        json.dumps(values, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        problems.say(
            "values",
            "holds something that isn't plain JSON (an Output, perhaps). Give plain values: they"
            " decide what the manifests look like.",
        )
        return
    for path, instead in owned_keys(values).items():
        # Helm's own keys are told as they are, whatever language the inputs are in.
        problems.say("values", f"{path} belongs to an input. Use {_each(problems, instead)}.")


def _each(problems: Problems, inputs: tuple[str, ...]) -> str:
    return " or ".join(problems.key(name) for name in inputs)


def _check_names(args: Mapping[str, Any], problems: Problems) -> None:
    host = args.get("host")
    if host is not None and not is_host(host):
        problems.add(
            "host",
            host,
            "a lower-case DNS name such as chat.example.com",
            "Leave out scheme, port and path.",
        )
    for path in NAMES:
        group, _, last = path.rpartition(".")
        name = (args.get(group, {}) if group else args).get(last)
        if name is not None and not is_label(name, dots=path != "namespace"):
            problems.add(path, name, "a name of lower-case letters, digits and hyphens")
    release = args.get("release_name")
    if release is None:
        return
    if not is_label(release) or not release[0].isalpha() or len(release) > LONGEST_RELEASE:
        problems.add(
            "release_name",
            release,
            f"1 to {LONGEST_RELEASE} lower-case letters, digits and hyphens that begin with a"
            " letter and end without a hyphen",
            f"The chart appends up to {len(_LONGEST_SUFFIX)} characters, and Kubernetes takes 63.",
        )
    for subchart in SUBCHARTS:
        if subchart in release:
            problems.add(
                "release_name",
                release,
                f"a name without {subchart} in it",
                f"Helm then names the {subchart} objects so that the services don't find them.",
            )


def is_label(text: str, *, dots: bool = False) -> bool:
    """Whether Kubernetes takes it as a name: a DNS label, or with `dots` several of them."""
    form = rf"{LABEL}(\.{LABEL})*" if dots else LABEL
    return len(text) <= (253 if dots else 63) and bool(re.fullmatch(form, text, re.ASCII))


def is_host(text: str) -> bool:
    """Whether it is a DNS name that an Ingress takes: lower-case, no address, no wildcard."""
    labels = text.split(".")
    return is_label(text, dots=True) and all(map(is_label, labels)) and not labels[-1].isdigit()


def _check_secrets(args: Mapping[str, Any], problems: Problems) -> None:
    for name in SECRET_FORMS:
        sentence = secret_problem(name, args.get(name))
        if sentence:
            problems.say(name, sentence)
    url, secret = problems.key("mongodb_url"), problems.key("mongodb_secret")
    mongodb = [name for name in ("mongodb_url", "mongodb_secret") if name in args]
    if len(mongodb) == 2:  # noqa: PLR2004 - both of the two
        problems.say("mongodb_url", f"is given together with {secret}. Remove one.")
    elif not mongodb:
        problems.say(
            "mongodb_url",
            f"is missing, and so is {secret}. Give the URL of a MongoDB 8.0 replica set as a secret"
            f" by {url}, or the name of a Secret with the key mongo-uri by {secret}. The chart's"
            " bundled MongoDB stays off: it is 6.0, and Rocket.Chat 8 needs 8.0.",
        )
    existing = args.get("nats", {}).get("existing_secret")
    if existing is not None and "nats_url" in args:
        key = problems.key("nats.existing_secret")
        problems.say("nats_url", f"is given together with {key}. Remove one.")
    if existing is not None:
        for part in ("name", "key"):
            name = existing.get(part)
            if name is not None and not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", name):
                problems.add(f"nats.existing_secret.{part}", name, f"the {part} of a Secret")
    _check_smtp(args, problems)


def secret_problem(name: str, came: object) -> str:
    """What is wrong with a secret that is a URL, in words that don't show it; "" for nothing."""
    form = SECRET_FORMS.get(name)
    if form is None or not isinstance(came, str) or form.fullmatch(came):
        return ""
    begins = {
        "mongodb_url": "mongodb:// or mongodb+srv://",
        "nats_url": "nats:// (never monolith+)",
    }
    return (
        f"isn't a URL that begins with {begins[name]} and has no spaces; it isn't shown here."
        " Check it, and write special characters in its user name and password as %XX."
    )


def _check_smtp(args: Mapping[str, Any], problems: Problems) -> None:
    smtp = args.get("smtp")
    if smtp is None:
        if "smtp_password" in args:
            problems.say("smtp_password", f"is given without {problems.key('smtp')}. Add it.")
        return
    existing = "existing_secret" in smtp
    if existing == ("host" in smtp):
        host, secret = problems.key("smtp.host"), problems.key("smtp.existing_secret")
        problems.say("smtp", f"takes one of {host} and {secret}. Give one of them.")
    if existing:
        secret = problems.key("smtp.existing_secret")
        beside = [f"smtp.{name}" for name in ("port", "username") if name in smtp]
        for path in beside + ["smtp_password"] * ("smtp_password" in args):
            problems.say(path, f"is given together with {secret}, which says it all. Remove one.")
    if not existing and ("username" in smtp) != ("smtp_password" in args):
        name, password = problems.key("smtp.username"), problems.key("smtp_password")
        problems.say("smtp", f"takes {name} and {password} together. Give both or neither.")
    if "host" in smtp and not re.fullmatch(r"[a-zA-Z0-9.-]{1,253}|\[[0-9a-fA-F:]+\]", smtp["host"]):
        problems.add("smtp.host", smtp["host"], "the mail server's name or address")
    _check_port(smtp, "smtp.port", problems)


def _check_port(group: Mapping[str, Any], path: str, problems: Problems) -> None:
    port = group.get("port")
    if port is not None and not 1 <= port <= 65535:  # noqa: PLR2004 - the range of ports
        problems.add(path, port, "a whole number from 1 to 65535")


def _check_exposure(args: Mapping[str, Any], problems: Problems) -> None:
    service = args.get("service", {})
    types = ("ClusterIP", "NodePort", "LoadBalancer")
    if service.get("type") not in (None, *types):
        problems.add("service.type", service["type"], " or ".join(types))
    _check_port(service, "service.port", problems)
    image = args.get("image", {})
    tag, registry = image.get("tag"), image.get("registry")
    if tag is not None and not re.fullmatch(r"\w[\w.-]{0,127}", tag, re.ASCII):
        problems.add("image.tag", tag, "a tag such as 8.6.1")
    if registry is not None and not re.fullmatch(
        r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*", registry
    ):
        problems.add("image.registry", registry, "a registry such as mirror.example.com:5000")


def _check_resources(args: Mapping[str, Any], problems: Problems) -> None:
    for name, compute in args.get("resources", {}).items():
        for part, amounts in compute.items():
            for what, amount in amounts.items():
                path = f"resources.{name}.{part}"
                if what not in COMPUTE and "/" not in what:
                    problems.add(path, {what: amount}, f"{', '.join(COMPUTE)}, or a domain/name")
                elif quantity(amount) is None:
                    problems.add(path, {what: amount}, "a quantity such as 500m or 1Gi")
        for what, limit in compute.get("limits", {}).items():
            least, most = quantity(compute.get("requests", {}).get(what, "0")), quantity(limit)
            if least is not None and most is not None and least > most:
                problems.add(f"resources.{name}.limits", {what: limit}, "no less than its request")


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


def _uploads(args: Mapping[str, Any], problems: Problems, monoliths: int) -> Uploads | None:
    given = args.get("uploads")
    if given is None:
        return None
    modes = ("ReadWriteOnce", "ReadWriteMany")
    mode = given.get("access_mode", modes[0])
    if mode not in modes:
        problems.add("uploads.access_mode", mode, " or ".join(modes))
    if not quantity(given.get("size", "1")):
        problems.add("uploads.size", given["size"], "a quantity such as 20Gi")
    if mode == modes[0] and monoliths > 1:
        problems.say(
            "uploads.access_mode",
            f"is {mode}, which one node mounts, and {monoliths} monoliths run. Use ReadWriteMany"
            f" with a storage class that has it, or run one ({problems.key('replicas.rocketchat')})"
            ", or keep uploads elsewhere (Rocket.Chat: GridFS, S3).",
        )
    return Uploads(given.get("size", ""), mode, given.get("storage_class"))


def _warnings(
    args: Mapping[str, Any],
    problems: Problems,
    services: tuple[Service, ...],
    table: Mapping[str, int],
    bus: Bus,
) -> list[str]:
    monolith = f"{problems.key('mode')} is monolith"
    why_not = {service.name: monolith for service in SERVICES}
    if bus.nats is Nats.EXTERNAL:
        why_not[NATS.name] = "NATS is external"
    found = sizing.warnings(
        services,
        problems,
        replicas=args.get("replicas", {}),
        concurrent_users=args.get("concurrent_users"),
        why_not=why_not,
    )
    microservices = len(services) > 1 and any(service.dedicated for service in services)
    if "license" not in args and (microservices or table[ROCKETCHAT.name] > 1):
        found.append(
            f"{problems.key('license')}: none given. Rocket.Chat stops surplus instances of a"
            " workspace without one; ignore this where the workspace already holds its licence.",
        )
    tag = args.get("image", {}).get("tag")
    if tag is not None and not re.match(r"v?\d+\.\d+\.\d+", tag):
        found.append(
            f"{problems.key('image.tag')}: {tag} floats, so that what runs depends on when a node"
            " pulled it. Name a full version such as 8.6.1.",
        )
    if not microservices and args.get("monolith_features") is MonolithFeatures.ENABLED:
        found.append(f"{problems.key('monolith_features')}: has no effect, as {monolith}.")
    if microservices and _ingress(args) is None:
        found.append(
            f"{problems.key('ingress')}: off, so that nothing of ours leads /websocket and /sockjs"
            " to ddp-streamer. Have your own proxy do it, or people's clients won't connect.",
        )
    return found
