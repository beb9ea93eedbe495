"""What a stack's config is made from: a release that runs, or a file of Helm values."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from components.chart.package import chart_texts, parse_yaml
from components.chart.values import merge_values
from components.inputs.definitions import get_input
from components.kube.api import Api
from components.kube.objects import KubernetesObject, find_container, find_env, nested_map
from components.manifests.workloads import find_workload
from components.services import NATS, ROCKETCHAT, SERVICES
from tools.adopt import live_objects
from tools.adopt.record import Release
from tools.errors import ToolError


@dataclass(frozen=True)
class Source:
    """Helm values, and what is known about the release that was installed with them."""

    release: str
    namespace: str
    values: Mapping[str, Any]
    """The values that were given to Helm."""
    defaults: Mapping[str, Any]
    """The chart's own values."""
    objects: list[KubernetesObject] | None = None
    """What the chart rendered; None for a file of values, where nothing runs."""
    running: Mapping[str, int] = field(default_factory=dict)
    """The replicas of each service on the cluster, by the service's name."""
    transporter: str | None = None
    """What the Secret in `nats.existingSecret` contains, if it could be read."""
    extra_secret_keys: tuple[str, ...] = ()
    """The keys of the Secret in `extraSecret`."""
    as_is: bool = False
    """Whether no pod may restart."""

    @cached_property
    def _merged(self) -> Mapping[str, Any]:
        return merge_values(self.defaults, self.values)

    def value(self, path: str) -> Any:  # noqa: ANN401 - any Helm value
        """Returns the Helm value at a path such as `ingress.enabled`, or the chart's default."""
        return get_input(self._merged, path)

    def given(self, path: str) -> Any:  # noqa: ANN401 - any Helm value
        """Returns the Helm value that was given at `path`; None if there is none."""
        return get_input(self.values, path)

    @property
    def is_running(self) -> bool:
        """Whether it is a release, and not a file of values."""
        return self.objects is not None

    @property
    def microservices(self) -> bool:
        """Whether the dedicated services run."""
        return bool(self.value("microservices.enabled"))

    @cached_property
    def bundled_nats(self) -> bool:
        """Whether the chart's own NATS runs."""
        if self.objects is not None:
            return find_workload(self.objects, NATS, self.release) is not None
        enabled = self.value("nats.enabled")
        return self.microservices if enabled is None else bool(enabled)

    def secret_behind(self, variable: str) -> str | None:
        """Returns the name of the Secret from which the monolith's pods read a variable."""
        workload = find_workload(self.objects or [], ROCKETCHAT, self.release)
        container = find_container(workload, ROCKETCHAT.container) if workload else None
        entry = find_env(container, variable) if container else None
        name = nested_map(entry, "valueFrom", "secretKeyRef").get("name")
        return str(name) if name else None


def from_release(api: Api, release: Release, *, as_is: bool) -> Source:
    """Returns a release with its replicas on the cluster and the contents of its Secrets.

    Raises:
        ToolError: If the cluster can't be read.
    """
    nats_secret = nested_map(release.values, "nats", "existingSecret")
    nats_data = _secret_data(api, release.namespace, nats_secret.get("name"))
    extra_data = _secret_data(api, release.namespace, release.values.get("extraSecret"))
    return Source(
        release=release.name,
        namespace=release.namespace,
        values=release.values,
        defaults=release.defaults,
        objects=release.objects,
        running=_running_replicas(api, release),
        transporter=nats_data.get(str(nats_secret.get("key"))),
        extra_secret_keys=tuple(sorted(extra_data)),
        as_is=as_is,
    )


def from_values_file(
    path: Path, chart: Path, *, release: str, namespace: str, as_is: bool
) -> Source:
    """Returns a file of Helm values for the chart at `chart`.

    Raises:
        ToolError: If the file can't be read, or isn't an object in YAML.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ToolError(f"--values {path}: it can't be read ({error.strerror}).") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        # The parser's message quotes the file, which may contain secrets.
        raise ToolError(f"--values {path}: it isn't YAML.") from None
    if not isinstance(values, Mapping):
        raise ToolError(f"--values {path}: it isn't an object of Helm values.")
    return Source(
        release=release,
        namespace=namespace,
        values=values,
        defaults=_default_values(chart),
        as_is=as_is,
    )


def _default_values(chart: Path) -> Mapping[str, Any]:
    values = parse_yaml(chart_texts(chart, only="values.yaml").get("values.yaml", ""), chart)
    return values if isinstance(values, Mapping) else {}


def _running_replicas(api: Api, release: Release) -> dict[str, int]:
    """Returns the replicas that each service was last scaled to, by whomever."""
    replicas = {}
    for service in SERVICES:
        workload = find_workload(release.objects, service, release.name)
        live = live_objects.find(api, workload) if workload else None
        if live is not None:
            replicas[service.name] = int(live["spec"].get("replicas", 1))
    return replicas


def _secret_data(api: Api, namespace: str, name: object) -> dict[str, str]:
    """Returns the decoded data of a Secret; empty if there is none."""
    if not name:
        return {}
    reference = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
    }
    secret = live_objects.find(api, reference)
    return {
        key: base64.b64decode(text).decode("utf-8", "replace")
        for key, text in nested_map(secret, "data").items()
    }
