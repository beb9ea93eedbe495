"""The Gateway API as a cluster has it: the real CRDs, and a Gateway for every namespace.

https://gateway-api.sigs.k8s.io; kwok plays the controller that accepts HTTPRoutes (stages.yaml).
"""

from components.kube.objects import KubernetesObject
from components.manifests.http_route import API_VERSION
from tools.simulation.go_modules import Definitions

KINDS = ("gatewayclasses", "gateways", "httproutes")
DEFINITIONS = Definitions(
    title="The Gateway API",
    module="sigs.k8s.io/gateway-api",
    version="1.7.0",
    sha256="f9041f93ad3b2572089afa858ceac74e0545e7769490ae774039ed0f841f3d6d",
    files=tuple(f"config/crd/standard/gateway.networking.k8s.io_{kind}.yaml" for kind in KINDS),
)
GATEWAY = {"name": "public", "namespace": "gateway"}
"""The Gateway that accepts routes from every namespace."""
CLASS = "simulation"


def gateway_class() -> KubernetesObject:
    """The class of the Gateway."""
    return {
        "apiVersion": API_VERSION,
        "kind": "GatewayClass",
        "metadata": {"name": CLASS},
        "spec": {"controllerName": "simulation/gateway"},
    }


def gateway() -> KubernetesObject:
    """A Gateway for HTTP and HTTPS, whose certificate nobody needs here."""
    routes = {"allowedRoutes": {"namespaces": {"from": "All"}}}
    tls = {"mode": "Terminate", "certificateRefs": [{"name": "public-tls"}]}
    return {
        "apiVersion": API_VERSION,
        "kind": "Gateway",
        "metadata": {"name": GATEWAY["name"]},
        "spec": {
            "gatewayClassName": CLASS,
            "listeners": [
                {"name": "http", "protocol": "HTTP", "port": 80, **routes},
                {"name": "https", "protocol": "HTTPS", "port": 443, "tls": tls, **routes},
            ],
        },
    }
