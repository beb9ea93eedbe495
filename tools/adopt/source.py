"""What a stack's config is made from: a release that runs, or a file of Helm values."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from components.chart.values import merge_values
from components.inputs.definitions import get_input
from components.kube.api import Api
from components.kube.objects import (
    KubernetesObject,
    find_container,
    find_env,
    nested_list,
    nested_map,
    workloads,
)
from components.manifests.workloads import find_workload
from components.services import NATS, ROCKETCHAT, SERVICES, Service
from tools.adopt import live_objects
from tools.adopt.by_hand import find_by_hand
from tools.adopt.preparation import default_values, prepare
from tools.adopt.record import Release
from tools.adopt.translation import Translation
from tools.helm_template import render_chart


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
    mongodb_image: str = ""
    """The image that the bundled MongoDB runs, if there is one."""
    by_hand: Sequence[tuple[Service, KubernetesObject]] = ()
    """Workloads outside the release that run services which the chart lacks."""
    chart_variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The entries of `env` that the chart itself gives the monolith, by the variable's name."""
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

    def differs(self, path: str) -> bool:
        """Whether the Helm value at `path` isn't the chart's default."""
        return bool(self.value(path) != get_input(self.defaults, path))

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


def from_release(
    api: Api, release: Release, chart: Path, translation: Translation, *, as_is: bool
) -> Source:
    """Returns a release with its replicas on the cluster and the contents of its Secrets.

    Args:
        api: The cluster.
        release: The release.
        chart: Its chart's package or folder.
        translation: Receives what the user should know about its values.
        as_is: Whether no pod may restart.

    Raises:
        ToolError: If the cluster can't be read.
        pulumi.RunError: If the chart is damaged.
    """
    defaults = merge_values(default_values(chart), release.defaults)
    values = prepare(release.values, defaults, chart, translation)
    nats_secret = nested_map(values, "nats", "existingSecret")
    nats_data = _secret_data(api, release.namespace, nats_secret.get("name"))
    return Source(
        release=release.name,
        namespace=release.namespace,
        values=values,
        defaults=defaults,
        objects=release.objects,
        running=_running_replicas(api, release),
        transporter=nats_data.get(str(nats_secret.get("key"))),
        mongodb_image=_mongodb_image(api, release),
        by_hand=find_by_hand(api, release.namespace, release.name),
        chart_variables=_chart_variables(values, chart, translation),
        as_is=as_is,
    )


def from_values(  # noqa: PLR0913 - each by its name
    values: Mapping[str, Any],
    chart: Path,
    translation: Translation,
    *,
    release: str,
    namespace: str,
    as_is: bool,
) -> Source:
    """Returns Helm values for the chart at `chart` that run nowhere yet.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    defaults = default_values(chart)
    values = prepare(values, defaults, chart, translation)
    return Source(
        release=release,
        namespace=namespace,
        values=values,
        defaults=defaults,
        chart_variables=_chart_variables(values, chart, translation),
        as_is=as_is,
    )


def _chart_variables(
    values: Mapping[str, Any], chart: Path, translation: Translation
) -> dict[str, Mapping[str, Any]]:
    """Returns the variables that the chart gives the monolith besides `extraEnv`."""
    if translation.refusals or not values.get("extraEnv"):
        return {}
    decisive = {
        key: values[key] for key in ("prometheusScraping", "microservices") if key in values
    }
    needed = {
        "host": "chat.example.com",
        "existingMongodbSecret": "mongodb",
        "mongodb": {"enabled": False},
    }
    objects = render_chart(chart, {**decisive, **needed}, release="chat", namespace="chat")
    workload = find_workload(objects, ROCKETCHAT, "chat")
    container = find_container(workload, ROCKETCHAT.container) if workload else None
    return {str(entry["name"]): entry for entry in nested_list(container, "env")}


def _running_replicas(api: Api, release: Release) -> dict[str, int]:
    """Returns the replicas that each service was last scaled to, by whomever."""
    replicas = {}
    for service in SERVICES:
        workload = find_workload(release.objects, service, release.name)
        live = live_objects.find(api, workload) if workload else None
        if live is not None:
            replicas[service.name] = int(live["spec"].get("replicas", 1))
    return replicas


def _mongodb_image(api: Api, release: Release) -> str:
    """Returns the image that the bundled MongoDB runs, whoever has set it."""
    for workload in workloads(release.objects):
        name = nested_map(workload, "metadata", "labels").get("app.kubernetes.io/name")
        live = live_objects.find(api, workload) if name == "mongodb" else None
        for container in nested_list(live, "spec", "template", "spec", "containers"):
            if container.get("name") == "mongodb":
                return str(container.get("image", ""))
    return ""


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
