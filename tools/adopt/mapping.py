"""Helm values -> the inputs of a stack's config.

Where a value lies is the catalogue's and `overrides.OWNED`'s to say; this adds what it means.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.chart.values import merge_values
from components.inputs.ownership import OWNED_BY_INPUTS
from components.kube.objects import KubernetesObject, find_container, find_env
from components.manifests.transporter import nats_url
from components.manifests.workloads import find_workload
from components.services import NATS, ROCKETCHAT, SERVICES, Path
from tools.errors import ToolError

IGNORED: Mapping[Path, str] = {
    ("microservices", "replicaCount"): "instances of every dedicated service",
    ("microservices", "nats", "replicas"): "NATS servers",
}
"""What the chart drops though Rocket.Chat's guide teaches it, and what it was meant to do."""
_DEDICATED = tuple(service for service in SERVICES if service.dedicated)


@dataclass
class Source:
    """What there is to translate."""

    release: str
    namespace: str
    values: Mapping[str, Any]
    """What was given."""
    defaults: Mapping[str, Any]
    """The chart's own."""
    objects: list[KubernetesObject] | None = None
    """What the chart rendered from both; None where nothing runs, as from a file."""
    running: Mapping[str, int] = field(default_factory=dict)
    """Instances that run now, by service."""
    transporter: str | None = None
    """What the Secret in `nats.existingSecret` holds, where it could be read."""
    environment: tuple[str, ...] = ()
    """The keys of the Secret in `extraSecret`."""
    as_is: bool = False


@dataclass
class Translation:
    """A stack's config, its secrets apart, and what a person should know of it."""

    config: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    """A sentence for each key that the chart ignored."""
    notes: list[str] = field(default_factory=list)


def translate(source: Source) -> Translation:
    """The inputs that stand for Helm's values. Raises `ToolError` for what no input can say."""
    return _Translator(source).run()


class _Translator:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._all = merge_values(source.defaults, source.values)
        self._made = Translation()

    def run(self) -> Translation:
        config = self._made.config
        host = self._get("host")
        if not host:
            do = "with `helm upgrade --reuse-values --set host=…` first; that restarts its pods"
            raise ToolError(
                "The values have no `host`, and Rocket.Chat can't tell people where it is. Set it"
                f" {do if self._runs else 'there'}.",
            )
        config["host"] = host
        config["namespace"] = self._source.namespace
        if self._runs:
            # Whoever made the namespace keeps it: others may live there, too.
            config["createNamespace"] = False
        config["releaseName"] = self._source.release
        if not self._microservices:
            config["mode"] = "monolith"
        for step in (
            self._replicas,
            self._nats,
            self._mongodb,
            self._environment,
            self._smtp,
            self._exposure,
            self._image,
            self._resources,
            self._uploads,
            self._scheduling,
            self._rest,
        ):
            step()
        if self._source.as_is:
            config["resilience"] = {"enabled": False}
        return self._made

    @property
    def _runs(self) -> bool:
        return self._source.objects is not None

    @property
    def _microservices(self) -> bool:
        return bool(self._get("microservices", "enabled"))

    def _get(self, *path: str) -> Any:  # noqa: ANN401 - any value
        return _at(self._all, path)

    def _given(self, *path: str) -> Any:  # noqa: ANN401 - any value
        return _at(self._source.values, path)

    def _replicas(self) -> None:
        """What runs, so that nothing is scaled by the takeover; from a file, what is meant."""
        meant = dict(self._meant())
        bundled = self._bundled()
        table: dict[str, int] = {}
        for service in SERVICES:
            if (service.dedicated and not self._microservices) or (service is NATS and not bundled):
                continue
            rendered = self._get(*service.replicas)
            number = self._source.running.get(service.name)
            if number is None and not self._runs:
                number = meant.get(service.name)
            if number is None:
                number = service.default_replicas if rendered is None else int(rendered)
            if number < 1:
                self._made.notes.append(
                    f"{service.kebab_name}: none runs, and the program runs at least 1.",
                )
                number = 1
            table[service.config_name] = number
        self._made.config["replicas"] = table
        for path, meaning in IGNORED.items():
            number = self._given(*path)
            if number is not None:
                names = NATS.config_name if path[-2:] == ("nats", "replicas") else "<service>"
                self._made.ignored.append(
                    f"{'.'.join(path)}: {number} was meant as {meaning}, and the chart ignores it."
                    f" Use replicas.{names}, or replicaCount for one number everywhere.",
                )

    def _meant(self) -> Iterator[tuple[str, int]]:
        """The numbers that keys which the chart ignores were meant to give, by service."""
        every = self._given("microservices", "replicaCount")
        for service in _DEDICATED:
            if every is not None and self._given(*service.replicas) is None:
                yield service.name, int(every)
        servers = self._given("microservices", "nats", "replicas")
        if servers is not None and self._given(*NATS.replicas) is None:
            yield NATS.name, int(servers)

    def _bundled(self) -> bool:
        """Whether the chart's own NATS runs."""
        if self._source.objects is not None:
            return find_workload(self._source.objects, NATS, self._source.release) is not None
        enabled = self._get("nats", "enabled")
        return self._microservices if enabled is None else bool(enabled)

    def _nats(self) -> None:
        made, secret = self._made, self._get("nats", "existingSecret")
        bundled = self._bundled()
        if isinstance(secret, Mapping) and secret.get("name"):
            self._transporter(str(secret["name"]), str(secret.get("key", "")), bundled=bundled)
        elif self._microservices and not bundled:
            made.ignored.append(
                "nats.enabled: false was meant to do without the bundled NATS, and without"
                " nats.existingSecret the services have no bus at all. The bundled one now runs;"
                " name another by natsUrl or nats.existingSecret.",
            )
            made.config["replicas"][NATS.config_name] = NATS.default_replicas
        monoliths = made.config["replicas"][ROCKETCHAT.config_name]
        if not self._microservices and bundled and monoliths == 1:
            made.config["replicas"].pop(NATS.config_name, None)
            made.notes.append(
                "One monolith needs no NATS: the one that runs stays behind, unused.",
            )
        if not self._microservices and not bundled and monoliths > 1:
            made.notes.append("Several monoliths need NATS: the bundled one is added.")

    def _transporter(self, name: str, key: str, *, bundled: bool) -> None:
        made, held = self._made, self._source.transporter
        own = nats_url(self._source.release)
        url = (held or "").removeprefix("monolith+")
        if bundled and url in ("", own):
            # What the Secret was for is an input now.
            if held is None or held.startswith("monolith+"):
                made.config["monolithFeatures"] = "enabled"
            return
        if held is not None and held != url:
            made.config["monolithFeatures"] = "enabled"
            made.secrets["natsUrl"] = url
            return
        made.config["nats"] = {"existingSecret": {"name": name, "key": key}}
        if bundled:
            made.config["replicas"].pop(NATS.config_name, None)
            made.notes.append(
                f"The services use the NATS in Secret {name}; the bundled one stays behind, unused."
            )

    def _mongodb(self) -> None:
        made, existing = self._made, self._get("existingMongodbSecret")
        url, rendered = self._get("externalMongodbUrl"), self._secret_of("MONGO_URL")
        bundled = bool(self._get("mongodb", "enabled"))
        if existing:
            made.config["mongodbSecret"] = existing
        elif rendered and (self._source.as_is or bundled or not url):
            made.config["mongodbSecret"] = rendered
            made.notes.append(
                f"MongoDB's URL stays in Secret {rendered}, which the chart made. Move it when a"
                " restart suits: `pulumi config set --secret mongodbUrl`.",
            )
        elif url:
            made.secrets["mongodbUrl"] = str(url)
        if not {"mongodbSecret", "mongodbUrl"} & (made.config.keys() | made.secrets.keys()):
            made.notes.append(
                "MongoDB: the values name none but the bundled one, which is 6.0, and Rocket.Chat 8"
                " needs 8.0. Name yours: `pulumi config set --secret mongodbUrl`.",
            )
        if bundled and self._runs:
            made.notes.append(
                "The bundled MongoDB stays as it is, and belongs to nobody from then on. It is"
                " 6.0, and Rocket.Chat 8 needs 8.0: move to one of your own.",
            )

    def _environment(self) -> None:
        for key in ("license", "registrationToken"):
            text = self._get(key)
            if text:
                self._made.secrets[key] = str(text)
        secret, values = self._get("extraSecret"), self._made.config.setdefault("values", {})
        if not secret:
            return
        if not self._made.secrets.keys() & {"license", "registrationToken"}:
            values["extraSecret"] = secret
            return
        # The chart takes one such Secret, and the component needs that place for its own.
        if not self._source.environment:
            self._made.notes.append(
                f"extraSecret: {secret} holds no variables that could be read here. Add them to"
                " values.extraEnv, each with its valueFrom, before the first update.",
            )
            return
        extra = self._get("extraEnv")
        if isinstance(extra, str):
            raise ToolError(
                "extraEnv is a text, and extraSecret is given with a licence or registration token:"
                " they can't be put together. Give extraEnv as a list first, by `helm upgrade`.",
            )
        added = [
            {"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
            for key in self._source.environment
        ]
        values["extraEnv"] = [*(extra or []), *added]

    def _smtp(self) -> None:
        if not self._get("smtp", "enabled"):
            return
        existing, rendered = self._get("smtp", "existingSecret"), self._secret_of("MAIL_URL")
        if existing or (rendered and self._source.as_is):
            self._made.config["smtp"] = {"existingSecret": existing or rendered}
            return
        smtp = {key: self._get("smtp", key) for key in ("host", "port", "username")}
        self._made.config["smtp"] = {key: value for key, value in smtp.items() if value}
        password = self._get("smtp", "password")
        if password:
            self._made.secrets["smtpPassword"] = str(password)

    def _exposure(self) -> None:
        config = self._made.config
        kind, port = self._get("service", "type"), self._get("service", "port")
        service = {"type": kind, "port": port}
        defaults = {"type": "ClusterIP", "port": 80}
        service = {key: value for key, value in service.items() if value != defaults[key] and value}
        if service:
            config["service"] = service
        if not self._get("ingress", "enabled"):
            config["ingress"] = {"enabled": False}
            return
        ingress: dict[str, Any] = {} if kind == "ClusterIP" else {"enabled": True}
        if self._get("ingress", "ingressClassName"):
            ingress["className"] = self._get("ingress", "ingressClassName")
        if self._get("ingress", "annotations"):
            ingress["annotations"] = self._get("ingress", "annotations")
        tls = self._get("ingress", "tls") or []
        if len(tls) == 1 and tls[0].get("secretName") and tls[0].get("hosts") == [config["host"]]:
            ingress["tlsSecret"] = tls[0]["secretName"]
        elif tls:
            # Other hosts' certificates, or the controller's own: no input says that.
            config["values"]["ingress"] = {"tls": tls}
        config["ingress"] = ingress

    def _image(self) -> None:
        image = {"tag": self._get("image", "tag"), "registry": self._get("global", "imageRegistry")}
        image = {key: value for key, value in image.items() if value}
        if image:
            self._made.config["image"] = image

    def _resources(self) -> None:
        found = {
            service.config_name: self._get(*service.resources)
            for service in SERVICES
            if self._get(*service.resources)
            and service.config_name in self._made.config["replicas"]
        }
        if found:
            self._made.config["services"] = {
                name: {"resources": held} for name, held in found.items()
            }

    def _uploads(self) -> None:
        if not self._get("persistence", "enabled"):
            return
        claim = self._get("persistence", "existingClaim")
        if claim:
            mode = self._get("persistence", "accessMode")
            self._made.config["uploads"] = {"existingClaim": claim, "accessMode": mode}
            return
        uploads = {
            "size": self._get("persistence", "size"),
            "accessMode": self._get("persistence", "accessMode"),
            "storageClass": self._get("persistence", "storageClass"),
        }
        self._made.config["uploads"] = {key: value for key, value in uploads.items() if value}

    def _scheduling(self) -> None:
        """The chart has these for all, and for the monolith alone; the inputs are for all."""
        for key in ("nodeSelector", "tolerations", "affinity"):
            every, monolith = self._get("global", key), self._get(key)
            if every or monolith:
                self._made.config[key] = every or monolith
            if monolith and monolith != every:
                self._made.notes.append(
                    f"{key} was the monolith's{'' if every else ' alone'}; the input {key} is for"
                    " every pod.",
                )
        spread = self._get("podAntiAffinity")
        if spread:
            self._made.notes.append(
                f"podAntiAffinity: {spread} kept monoliths apart; the input"
                " resilience.topologySpread does so for every service.",
            )

    def _rest(self) -> None:
        """What no input covers, less what the chart ignores."""
        rest = _less(
            self._source.values, [*(tuple(path.split(".")) for path in OWNED_BY_INPUTS), *IGNORED]
        )
        values = merge_values(rest, self._made.config.pop("values"))
        if values:
            self._made.config["values"] = values

    def _secret_of(self, name: str) -> str | None:
        """The Secret from which the monolith's pods take a variable."""
        one = find_workload(self._source.objects or [], ROCKETCHAT, self._source.release)
        held = find_container(one, ROCKETCHAT.container) if one else None
        found = find_env(held, name) if held else None
        if not found:
            return None
        secret = found.get("valueFrom", {}).get("secretKeyRef", {}).get("name")
        return str(secret) if secret else None


def _at(values: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 - any value
    node: Any = values
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _less(values: Mapping[str, Any], paths: list[Path]) -> dict[str, Any]:
    """`values` without what is at or below any of `paths`, and without maps that are empty then."""
    heads = {path[0] for path in paths if len(path) == 1}
    left: dict[str, Any] = {}
    for key, value in values.items():
        if key in heads:
            continue
        below = [path[1:] for path in paths if path[0] == key]
        if below and isinstance(value, Mapping):
            value = _less(value, below)  # noqa: PLW2901 - the rest of it
            if not value:
                continue
        left[key] = value
    return left
