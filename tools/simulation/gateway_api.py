"""The Gateway API as a cluster has it: the real CRDs, and a Gateway for every namespace.

https://gateway-api.sigs.k8s.io; kwok plays the controller that accepts HTTPRoutes (stages.yaml).
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx

from components.fast_yaml import load_yaml
from components.files import write_atomically
from components.kube.objects import KubernetesObject
from components.manifests.http_route import API_VERSION
from tools.errors import ToolError
from tools.toolchain.cache import cache_folder

VERSION = "1.7.0"
SHA256 = "f9041f93ad3b2572089afa858ceac74e0545e7769490ae774039ed0f841f3d6d"
URL = f"https://proxy.golang.org/sigs.k8s.io/gateway-api/@v/v{VERSION}.zip"
"""The project's Go module: the place that can be reached wherever the tools can be built."""
KINDS = ("gatewayclasses", "gateways", "httproutes")
TIMEOUT_SECONDS = 60.0
GATEWAY = {"name": "public", "namespace": "gateway"}
"""The Gateway that accepts routes from every namespace."""
CLASS = "simulation"


def definitions() -> list[KubernetesObject]:
    """Returns the CustomResourceDefinitions of `KINDS`, which are downloaded once per machine.

    Raises:
        ToolError: If they can't be downloaded, or are others than expected.
    """
    file = cache_folder() / "gateway-api" / f"{VERSION}.json"
    if not file.exists():
        _download(file)
    definitions: list[KubernetesObject] = json.loads(file.read_text(encoding="utf-8"))
    return definitions


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


def _download(file: Path) -> None:
    try:
        response = httpx.get(URL, timeout=TIMEOUT_SECONDS, follow_redirects=True)
        response.raise_for_status()
    except (httpx.HTTPError, OSError) as error:
        raise ToolError(
            f"The Gateway API's definitions can't be downloaded from {URL} ({error}). The simulated"
            " cluster needs them once; check the network and the proxy, and run this again."
        ) from error
    digest = hashlib.sha256(response.content).hexdigest()
    if digest != SHA256:
        raise ToolError(f"{URL} has SHA-256 {digest}, and {SHA256} is pinned. Nothing was kept.")
    with zipfile.ZipFile(io.BytesIO(response.content)) as module:
        prefix = (
            f"sigs.k8s.io/gateway-api@v{VERSION}/config/crd/standard/gateway.networking.k8s.io_"
        )
        found: list[Any] = [
            load_yaml(module.read(f"{prefix}{kind}.yaml").decode()) for kind in KINDS
        ]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps(found, default=str).encode())
