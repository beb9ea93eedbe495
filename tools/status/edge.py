"""What leads people's clients to the workspace: its own HTTPRoute, or objects of others."""

import json
from collections.abc import Iterator, Sequence

from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject, kind_and_name, nested_list, nested_map
from components.kube.paths import collection_path
from components.manifests.endpoints import EDGE_KINDS
from components.manifests.http_route import API_VERSION
from tools.status.desired import Desired
from tools.status.report import Difference

_OTHERS = {
    "Ingress": "networking.k8s.io/v1",
    "HTTPRoute": API_VERSION,
    "HTTPProxy": "projectcontour.io/v1",
    "IngressRoute": "traefik.io/v1alpha1",
    "VirtualService": "networking.istio.io/v1",
}
"""The kinds by which others may lead a host to a workspace, with their API versions."""


def edge_differences(api: Api, desired: Desired) -> list[Difference]:
    """Returns why people's clients don't get through, as far as the cluster says so."""
    edges = [obj for obj in desired.edges if obj["kind"] in EDGE_KINDS]
    found: list[Difference] = []
    for edge in edges:
        if edge["kind"] == "HTTPRoute":
            found += _http_route(api, edge)
    if not edges and desired.routes:
        found += _led_by_others(api, desired)
    return found


def _http_route(api: Api, route: KubernetesObject) -> Iterator[Difference]:
    """Whether each Gateway has accepted the route and runs."""
    metadata = route["metadata"]
    live = _find(api, "HTTPRoute", metadata["namespace"], metadata["name"])
    name = kind_and_name(route)
    if live is None:
        yield Difference(name, "isn't on the cluster, so no Gateway leads anybody here")
        return
    accepted_by = nested_list(live, "status", "parents")
    for parent in nested_list(route, "spec", "parentRefs"):
        gateway = f"Gateway {parent.get('namespace', metadata['namespace'])}/{parent['name']}"
        matching = [
            item
            for item in accepted_by
            if nested_map(item, "parentRef").get("name") == parent["name"]
        ]
        if not matching:
            yield Difference(name, f"no controller has taken it up for {gateway}")
        for item in matching:
            for condition in ("Accepted", "ResolvedRefs"):
                problem = _unmet(item, condition)
                if problem:
                    yield Difference(name, f"{gateway}: not {condition}, {problem}")
        found = _find(api, "Gateway", parent.get("namespace", ""), parent["name"])
        status = nested_map(found or {}, "status")
        problem = "it isn't there" if found is None else _unmet(status, "Programmed")
        if problem:
            yield Difference(name, f"{gateway} isn't Programmed: {problem}")


def _unmet(status: dict[str, object], condition: str) -> str:
    """Why a condition isn't True; "" if it is."""
    for item in nested_list(status, "conditions"):
        if item.get("type") == condition:
            reason = ": ".join(str(item[key]) for key in ("reason", "message") if item.get(key))
            return "" if item.get("status") == "True" else reason or "no reason given"
    return "no controller says so"


def _led_by_others(api: Api, desired: Desired) -> Iterator[Difference]:
    """Objects of others that lead a host here, but not its sockets to ddp-streamer."""
    targets = {target.partition(":")[0] for path, target in desired.routes.items() if path != "/"}
    leading = [
        (obj, json.dumps(obj["spec"]))
        for kind in _OTHERS
        for obj in _list(api, kind, desired.namespace)
        if desired.host in json.dumps(obj["spec"])
    ]
    missing = [target for target in targets if not any(target in text for _, text in leading)]
    if leading and missing:
        routes = ", ".join(f"{path} to {target}" for path, target in desired.routes.items())
        names = ", ".join(kind_and_name(obj) for obj, _ in leading)
        yield Difference(
            names,
            f"leads {desired.host} here, and nothing to {missing[0]}: people's clients won't"
            f" connect. Lead {routes}",
        )


def _find(api: Api, kind: str, namespace: str, name: str) -> KubernetesObject | None:
    try:
        return api.find(f"{collection_path(API_VERSION, kind, namespace)}/{name}")
    except ApiError:
        return None


def _list(api: Api, kind: str, namespace: str) -> Sequence[KubernetesObject]:
    """The objects of a kind; nothing where the cluster doesn't have it or doesn't show it."""
    try:
        items = api.items(collection_path(_OTHERS[kind], kind, namespace))
    except ApiError:
        return []
    # The items of a list have no kind of their own.
    return [{**obj, "kind": kind} for obj in items]
