"""What was asked for: read from a stack's last deployed state, or from the workloads themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.kube.objects import KubernetesObject
from components.manifests.endpoints import public_url
from components.services import ROCKETCHAT, SERVICES
from tools.errors import ToolError

KINDS = ("Deployment", "StatefulSet")
_OURS = "rocketchat:index:RocketChat$"
_LABEL = "app.kubernetes.io/instance"


@dataclass(frozen=True)
class Asked:
    """What one workspace was last deployed as."""

    title: str
    namespace: str
    release: str
    url: str
    addresses: Sequence[str]
    """Every public address, `url` first."""
    version: str
    workloads: Sequence[KubernetesObject]
    """The Deployments and StatefulSets as they were asked for."""
    autoscaled: Mapping[str, tuple[int, int]]
    """The fewest and most instances of each workload that an autoscaler decides on, by name."""
    known: bool
    """Whether somebody's intent is known, or only what the cluster was last told."""
    notes: Sequence[str] = ()


def from_state(state: Mapping[str, Any], stack: str) -> Asked:
    """What the stack was last deployed as, by its exported state."""
    deployment = state.get("deployment") or {}
    resources = deployment.get("resources") or []
    objects = [
        dict(one["inputs"])
        for one in resources
        # One that waits for its deletion isn't asked for any more.
        if _OURS in one["urn"] and "kind" in one.get("inputs", {}) and not one.get("delete")
    ]
    workloads = [one for one in objects if one["kind"] in KINDS]
    outputs: Mapping[str, Any] = next(
        (one.get("outputs", {}) for one in resources if one["type"] == "pulumi:pulumi:Stack"),
        {},
    )
    if not workloads:
        raise ToolError(
            f"Stack {stack} has nothing deployed. Deploy it first: `pulumi up -s {stack}`.",
        )
    notes = []
    if deployment.get("pending_operations"):
        notes.append("The last `pulumi up` was interrupted; run it again.")
    endpoints = outputs.get("endpoints", {})
    url = str(outputs.get("url", ""))
    public = [str(one["publicUrl"]) for one in endpoints.values() if "publicUrl" in one]
    return Asked(
        title=f"stack {stack}",
        namespace=str(workloads[0]["metadata"]["namespace"]),
        release=release_of(workloads),
        url=url,
        addresses=[one for one in dict.fromkeys([url, *public]) if one],
        version=str(outputs.get("appVersion", "")),
        workloads=ordered(workloads),
        autoscaled={
            one["spec"]["scaleTargetRef"]["name"]: (
                int(one["spec"].get("minReplicas", 1)),
                int(one["spec"]["maxReplicas"]),
            )
            for one in objects
            if one["kind"] == "HorizontalPodAutoscaler"
        },
        known=True,
        notes=notes,
    )


def from_cluster(
    objects: Iterable[KubernetesObject],
    *,
    title: str,
    namespace: str,
    release: str,
) -> Asked:
    """What the cluster was last told, where nobody's intent is known."""
    workloads = [one for one in objects if _selected(one).get(_LABEL) == release]
    if not workloads:
        raise ToolError(
            f"No workspace {release} runs in namespace {namespace}. Name another by --release and"
            " --namespace, or a stack by --stack.",
        )
    url = public_url(workloads, release)
    return Asked(
        title=title,
        namespace=namespace,
        release=release,
        url=url,
        addresses=[url] if url else [],
        version="",
        workloads=ordered(workloads),
        autoscaled={},
        known=False,
        notes=["No stack was named, so nothing is known of what was meant."],
    )


def release_of(workloads: Iterable[KubernetesObject]) -> str:
    """The release that the workloads are of."""
    names = [_selected(one).get(_LABEL) for one in workloads]
    return next((str(name) for name in names if name), "")


def title_of(one: KubernetesObject, release: str) -> str:
    """What people call a workload: the service that it runs, or the helper's own name."""
    for service in SERVICES:
        if one["kind"] == service.kind and service.matches(_selected(one), release):
            return service.kebab_name
    return str(one["metadata"]["name"]).removeprefix(f"{release}-")


def ordered(workloads: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    """The workloads in the catalogue's order, helpers last."""
    workloads = list(workloads)
    release = release_of(workloads)
    titles = [service.kebab_name for service in SERVICES]

    def rank(one: KubernetesObject) -> tuple[int, str]:
        title = title_of(one, release)
        return (titles.index(title) if title in titles else len(titles), title)

    return sorted(workloads, key=rank)


def main_container(one: KubernetesObject, release: str) -> str:
    """The name of the container that does the work."""
    for service in (ROCKETCHAT, *SERVICES):
        if service.kebab_name == title_of(one, release):
            return service.container
    return str(one["spec"]["template"]["spec"]["containers"][0]["name"])


def _selected(one: KubernetesObject) -> Mapping[str, str]:
    labels = one["spec"].get("selector", {}).get("matchLabels", {})
    return labels if isinstance(labels, Mapping) else {}
