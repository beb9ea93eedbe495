"""An adapter for custom metrics: a real HTTPS server that a simulated cluster's API server asks.

https://github.com/kubernetes/metrics; what an adapter such as prometheus-adapter answers.
"""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from components.kube.api import Api, ApiError
from components.kube.paths import collection_path
from tests.support.waiting import wait_for
from tools.simulation.cluster import Cluster

VERSION = "custom.metrics.k8s.io/v1beta2"
NAMESPACE = "default"
SERVICE = "custom-metrics"
API_SERVICES = collection_path("apiregistration.k8s.io/v1", "APIService")


@contextmanager
def adapter(cluster: Cluster, metric: str, of_pods: Mapping[str, int]) -> Iterator[None]:
    """Serves a metric of pods by the cluster's API, while it is entered.

    Args:
        cluster: The cluster, whose own certificate the server uses.
        metric: The metric's name.
        of_pods: What each pod has, by the beginning of its name; may change meanwhile.
    """
    with cluster.api() as api:

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(_answer(api, self.path, metric, of_pods)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*_certificate(cluster.kubeconfig))
            server.socket = context.wrap_socket(server.socket, server_side=True)
            Thread(target=server.serve_forever, daemon=True).start()
            try:
                with _registered(api, server.server_port):
                    yield
            finally:
                server.shutdown()


def _certificate(kubeconfig: Path) -> tuple[str, str]:
    user = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]
    return user["client-certificate"], user["client-key"]


@contextmanager
def _registered(api: Api, port: int) -> Iterator[None]:
    services = collection_path("v1", "Service", NAMESPACE)
    # The API server has no network of Services here, and looks this up by its name.
    spec = {"type": "ExternalName", "externalName": "localhost"}
    api.send("POST", services, {"metadata": {"name": SERVICE}, "spec": spec})
    group, _, version = VERSION.partition("/")
    name = f"{version}.{group}"
    registration = {
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "version": version,
            "service": {"name": SERVICE, "namespace": NAMESPACE, "port": port},
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }
    api.send("POST", API_SERVICES, registration)
    try:
        wait_for(lambda: _is_served(api), "the API server doesn't reach the adapter")
        yield
    finally:
        api.send("DELETE", f"{API_SERVICES}/{name}")
        api.send("DELETE", f"{services}/{SERVICE}")


def _is_served(api: Api) -> bool:
    try:
        return api.find(f"/apis/{VERSION}") is not None
    except ApiError as error:
        if error.status != HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return False


def _answer(api: Api, path: str, metric: str, of_pods: Mapping[str, int]) -> dict[str, Any]:
    parts = path.partition("?")[0].strip("/").split("/")
    if len(parts) <= len(["apis", *VERSION.split("/")]):
        resource = {
            "name": f"pods/{metric}",
            "singularName": "",
            "namespaced": True,
            "kind": "MetricValueList",
            "verbs": ["get"],
        }
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": VERSION,
            "resources": [resource],
        }
    namespace = parts[parts.index("namespaces") + 1]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    items = [
        {
            "describedObject": {
                "kind": "Pod",
                "namespace": namespace,
                "name": pod["metadata"]["name"],
                "apiVersion": "/v1",
            },
            "metric": {"name": metric},
            "timestamp": now,
            "value": str(number),
        }
        for pod in api.items(collection_path("v1", "Pod", namespace))
        for prefix, number in of_pods.items()
        if pod["metadata"]["name"].startswith(prefix)
    ]
    return {"kind": "MetricValueList", "apiVersion": VERSION, "metadata": {}, "items": items}
