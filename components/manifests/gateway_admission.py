"""Whether a Gateway takes the workspace's HTTPRoute, by what the cluster says of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.inputs.spec import Gateway, WorkspaceSpec
from components.kube.objects import KubernetesObject, nested_list, nested_map
from components.kube.selectors import selects

_PROTOCOLS = ("HTTP", "HTTPS")
"""The protocols of listeners that take HTTPRoutes."""


@dataclass(frozen=True)
class LiveGateway:
    """What was found of the Gateway that the inputs name."""

    wanted: Gateway
    """Which it is."""
    installed: bool = True
    """Whether the cluster has HTTPRoutes and Gateways at all."""
    gateway: KubernetesObject | None = None
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of the workspace's namespace."""


def gateway_error(spec: WorkspaceSpec, live: LiveGateway) -> str:
    """Returns why the HTTPRoute can't be created; "" if it can."""
    if live.installed:
        return ""
    return (
        f"{spec.format_key('gateway')}: the cluster has no HTTPRoute"
        " (gateway.networking.k8s.io/v1). Install the Gateway API and a controller for it first, or"
        f" use {spec.format_key('ingress')}."
    )


def gateway_warnings(spec: WorkspaceSpec, live: LiveGateway) -> list[str]:
    """Returns why the Gateway won't lead people to the workspace, as far as can be seen."""
    wanted = live.wanted
    key, name = spec.format_key("gateway"), f"{wanted.namespace}/{wanted.name}"
    if live.gateway is None:
        return [f"{key}: there is no Gateway {name} yet. Until there is, nobody reaches this."]
    listeners = _listeners(live.gateway, wanted)
    if not listeners:
        there = ", ".join(item["name"] for item in nested_list(live.gateway, "spec", "listeners"))
        section = f" {wanted.section}" if wanted.section else ""
        return [f"{key}: Gateway {name} has no listener{section} for HTTP. It has: {there}."]
    admitting = [listener for listener in listeners if _admits(listener, spec, live)]
    if not admitting:
        warning = (
            f"{key}: no listener of Gateway {name} admits routes from namespace {spec.namespace}."
            " Its allowedRoutes.namespaces has to: from All, or a selector that matches the"
            " namespace's labels."
        )
        return [warning]
    return [
        f"{key}: no listener of Gateway {name} that admits the route is for {host}."
        for host in spec.hosts
        if not any(_matches(str(listener.get("hostname") or ""), host) for listener in admitting)
    ]


def _listeners(gateway: KubernetesObject, wanted: Gateway) -> list[dict[str, Any]]:
    return [
        listener
        for listener in nested_list(gateway, "spec", "listeners")
        if listener.get("protocol") in _PROTOCOLS and wanted.section in (None, listener["name"])
    ]


def _admits(listener: Mapping[str, Any], spec: WorkspaceSpec, live: LiveGateway) -> bool:
    allowed = nested_map(listener, "allowedRoutes", "namespaces")
    match allowed.get("from", "Same"):
        case "All":
            return True
        case "Same":
            return live.wanted.namespace == spec.namespace
        case "Selector":
            labels = {"kubernetes.io/metadata.name": spec.namespace, **live.namespace_labels}
            return selects(nested_map(allowed, "selector"), labels)
    return False


def _matches(hostname: str, host: str) -> bool:
    """Whether a listener's hostname, which may begin with `*.`, is for a host."""
    if hostname.startswith("*."):
        return host.endswith(hostname[1:])
    return hostname in ("", host)
