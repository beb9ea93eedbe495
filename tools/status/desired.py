"""The desired state: from a stack's last deployment, or from the workloads themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from components.kube.objects import KubernetesObject, match_labels, pod_spec
from components.manifests.endpoints import EDGE_KINDS, public_url
from components.services import ROCKETCHAT, SERVICES
from tools.errors import ToolError

WORKLOAD_KINDS = ("Deployment", "StatefulSet")
_COMPONENT_URN = "rocketchat:index:RocketChat$"
_INSTANCE_LABEL = "app.kubernetes.io/instance"


@dataclass(frozen=True)
class Desired:
    """What one workspace was last deployed as."""

    title: str
    namespace: str
    release: str
    url: str
    addresses: Sequence[str]
    """Every public address, `url` first."""
    version: str
    workloads: Sequence[KubernetesObject]
    """The Deployments and StatefulSets as deployed."""
    autoscaled: Mapping[str, tuple[int, int]]
    """Minimum and maximum of each workload that an autoscaler scales, by name."""
    edges: Sequence[KubernetesObject] = ()
    """The Ingress and the HTTPRoute, if there are any."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Where whatever is at the edge has to lead each path; empty if it isn't known."""
    from_stack: bool = False
    """Whether a stack says what is desired, or only the workloads on the cluster."""
    notes: Sequence[str] = ()

    @property
    def host(self) -> str:
        """The public host name; "" if there is none."""
        return urlsplit(self.url).hostname or ""

    @property
    def paused(self) -> bool:
        """Whether it is paused on purpose: the stack sets every workload to no instance."""
        numbers = [int(workload["spec"].get("replicas", 1)) for workload in self.workloads]
        return self.from_stack and not any(numbers)


def from_state(state: Mapping[str, Any], stack: str) -> Desired:
    """Returns what a stack was last deployed as.

    Args:
        state: The state as `pulumi stack export` prints it.
        stack: The stack's name.

    Raises:
        ToolError: If nothing is deployed.
    """
    deployment = state.get("deployment") or {}
    resources = deployment.get("resources") or []
    objects = [
        dict(resource["inputs"])
        for resource in resources
        if _COMPONENT_URN in resource["urn"]
        and "kind" in resource.get("inputs", {})
        # It has been replaced and waits for its deletion.
        and not resource.get("delete")
    ]
    workloads = [obj for obj in objects if obj["kind"] in WORKLOAD_KINDS]
    stacks = (item for item in resources if item["type"] == "pulumi:pulumi:Stack")
    outputs: Mapping[str, Any] = next((item.get("outputs", {}) for item in stacks), {})
    if not workloads:
        raise ToolError(
            f"Stack {stack} has nothing deployed. Deploy it first: `pulumi up -s {stack}`.",
        )
    notes = []
    if deployment.get("pending_operations"):
        notes.append("The last `pulumi up` was interrupted; run it again.")
    url = str(outputs.get("url", ""))
    endpoints = outputs.get("endpoints", {}).values()
    public = [str(endpoint["publicUrl"]) for endpoint in endpoints if "publicUrl" in endpoint]
    return Desired(
        title=f"stack {stack}",
        namespace=str(workloads[0]["metadata"]["namespace"]),
        release=release_of(workloads),
        url=url,
        addresses=[address for address in dict.fromkeys([url, *public]) if address],
        version=str(outputs.get("appVersion", "")),
        workloads=in_catalogue_order(workloads),
        autoscaled={
            obj["spec"]["scaleTargetRef"]["name"]: (
                int(obj["spec"].get("minReplicas", 1)),
                int(obj["spec"]["maxReplicas"]),
            )
            for obj in objects
            if obj["kind"] == "HorizontalPodAutoscaler"
        },
        edges=[obj for obj in objects if obj["kind"] in EDGE_KINDS],
        routes={path: str(target) for path, target in outputs.get("routes", {}).items()},
        from_stack=True,
        notes=notes,
    )


def from_cluster(
    workloads: Iterable[KubernetesObject],
    *,
    title: str,
    namespace: str,
    release: str,
) -> Desired:
    """Returns what the specs of a release's own workloads say, for want of a stack.

    Raises:
        ToolError: If there is no workload of the release.
    """
    workloads = [obj for obj in workloads if match_labels(obj).get(_INSTANCE_LABEL) == release]
    if not workloads:
        raise ToolError(
            f"No workspace {release} runs in namespace {namespace}. Choose another with --release"
            " and --namespace, or a stack with --stack.",
        )
    url = public_url(workloads, release)
    return Desired(
        title=title,
        namespace=namespace,
        release=release,
        url=url,
        addresses=[url] if url else [],
        version="",
        workloads=in_catalogue_order(workloads),
        autoscaled={},
        from_stack=False,
        notes=["Without --stack, the workloads' own specs are taken as desired."],
    )


def release_of(workloads: Iterable[KubernetesObject]) -> str:
    """Returns the release that workloads belong to; "" if they don't say."""
    names = [match_labels(workload).get(_INSTANCE_LABEL) for workload in workloads]
    return next((str(name) for name in names if name), "")


def service_name(workload: KubernetesObject, release: str) -> str:
    """Returns the name of the service that a workload runs, or a helper's own name."""
    labels = match_labels(workload)
    for service in SERVICES:
        if workload["kind"] == service.kind and service.matches(labels, release):
            return service.kebab_name
    return str(workload["metadata"]["name"]).removeprefix(f"{release}-")


def in_catalogue_order(workloads: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    """Returns workloads in the order of the service catalogue, helpers last."""
    workloads = list(workloads)
    release = release_of(workloads)
    catalogue = [service.kebab_name for service in SERVICES]

    def rank(workload: KubernetesObject) -> tuple[int, str]:
        name = service_name(workload, release)
        return (catalogue.index(name) if name in catalogue else len(catalogue), name)

    return sorted(workloads, key=rank)


def main_container(workload: KubernetesObject, release: str) -> str:
    """Returns the name of the container that runs the service itself."""
    for service in (ROCKETCHAT, *SERVICES):
        if service.kebab_name == service_name(workload, release):
            return service.container
    return str(pod_spec(workload)["containers"][0]["name"])
