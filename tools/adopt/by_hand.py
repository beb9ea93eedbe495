"""queue-worker and omnichannel-transcript, which the chart lacks and people run by manifests."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.inputs.args import MonolithFeatures
from components.kube.api import Api, ApiError
from components.kube.objects import (
    KubernetesObject,
    containers,
    kind_and_name,
    match_labels,
)
from components.kube.paths import collection_path
from components.manifests.added_services import run_elsewhere, selector_of
from components.naming import camel
from components.services import ADDED, Service
from tools.adopt.managed_fields import PROVIDER_PREFIX
from tools.adopt.translation import Translation
from tools.status.observed import to_tool_error

if TYPE_CHECKING:
    from tools.adopt.source import Source

_SWITCH = "omnichannel_services"
_API_VERSION = "apps/v1"
_KINDS = ("Deployment", "StatefulSet")


def find_by_hand(
    api: Api, namespace: str, release: str
) -> Sequence[tuple[Service, KubernetesObject]]:
    """Returns the workloads in a namespace that run such a service, whoever has made them.

    Raises:
        ToolError: If the cluster can't be read.
    """
    found: list[KubernetesObject] = []
    for kind in _KINDS:
        try:
            items = api.items(collection_path(_API_VERSION, kind, namespace))
        except ApiError as error:
            raise to_tool_error(api, error, f"list {kind}s in namespace {namespace}") from None
        # Items of a list don't say what they are.
        found += [{**item, "apiVersion": _API_VERSION, "kind": kind} for item in items]
    return run_elsewhere(found, release, PROVIDER_PREFIX)


def add_by_hand(source: "Source", translation: Translation) -> None:
    """Adds whether the program runs them; `add_replicas` and `add_nats` have to come first.

    Never are there two of one: those that the program's own fit are taken over, and where others
    run, they stay and the program runs none.
    """
    kept = translation.config.get(camel("monolith_features")) == MonolithFeatures.ENABLED.value
    if not source.microservices or kept:
        _run_none(translation)
        return
    foreign = [
        (service, workload)
        for service, workload in source.by_hand
        if source.as_is or not _fits(workload, service, source.release)
    ]
    if foreign or source.as_is:
        _run_none(translation)
        translation.set_input(_SWITCH, value=False)
        translation.notes += [_leave(*found, source.namespace) for found in foreign]
        if not foreign:
            translation.notes.append(
                f"{' and '.join(service.kebab_name for service in ADDED)} don't run, so that no PDF"
                f" transcript of an omnichannel room is made. Remove {camel(_SWITCH)} to run them."
            )
        return
    for service, workload in source.by_hand:
        number = int(workload["spec"].get("replicas", 1))
        translation.set_input(f"replicas.{service.name}", max(1, number))
        translation.notes.append(
            f"{kind_and_name(workload)} runs {service.kebab_name} by a manifest of somebody's own;"
            " it is taken over, and its pods restart. Don't apply that manifest any more."
        )
    taken_over = [service for service, _ in source.by_hand]
    added = [service.kebab_name for service in ADDED if service not in taken_over]
    if source.is_running and added:
        translation.notes.append(
            f"{' and '.join(added)}: added, so that PDF transcripts of omnichannel rooms are made."
            f" To do without, set {camel(_SWITCH)} to false."
        )


def _run_none(translation: Translation) -> None:
    for service in ADDED:
        translation.config["replicas"].pop(service.config_name, None)


def _leave(service: Service, workload: KubernetesObject, namespace: str) -> str:
    kind, name = workload["kind"].lower(), workload["metadata"]["name"]
    return (
        f"{kind_and_name(workload)} runs {service.kebab_name} and stays as it is, outside the"
        f" stack. To have the program run it: `kubectl delete {kind} {name} --namespace"
        f" {namespace}`, and remove {camel(_SWITCH)}."
    )


def _fits(workload: KubernetesObject, service: Service, release: str) -> bool:
    """Whether the program's own can be applied over a workload: names and selector are final."""
    return (
        workload["kind"] == service.kind
        and workload["metadata"]["name"] == f"{release}-{service.kebab_name}"
        and match_labels(workload) == selector_of(service, release)
        and [container["name"] for container in containers(workload)] == [service.container]
    )
