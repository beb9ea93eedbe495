"""The routes between NATS servers, from the monitoring endpoint of each server."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from components.kube.api import Api, ApiError
from components.kube.paths import collection_path
from components.services import NATS, NATS_MONITOR_PORT
from tools.status.report import NatsServer, ServiceStatus

TIMEOUT_SECONDS = 4.0


def query_servers(api: Api, namespace: str, nats: ServiceStatus) -> list[NatsServer]:
    """Returns every ready server's routes, asked concurrently through the API server's proxy."""
    pods_path = collection_path("v1", "Pod", namespace)
    pods = [instance.pod for instance in nats.instances if instance.ready]

    def query(pod: str) -> NatsServer:
        path = f"{pods_path}/{pod}:{NATS_MONITOR_PORT}/proxy/routez"
        try:
            routez = api.send("GET", path, seconds=TIMEOUT_SECONDS)
        except ApiError as error:
            return NatsServer(pod, (), f"its monitor can't be reached: {error}", reachable=False)
        return parse_routez(pod, routez, nats.desired)

    if not pods:
        return []
    with ThreadPoolExecutor(max_workers=min(8, len(pods))) as pool:
        return list(pool.map(query, pods))


def parse_routez(pod: str, routez: Mapping[str, Any], servers: int) -> NatsServer:
    """Returns what one server's `/routez` says, in a cluster of `servers` servers.

    Since 2.10 a server has a pool of connections to each of the others, so what counts is how many
    servers its routes lead to:
    https://docs.nats.io/running-a-nats-service/configuration/clustering/v2_routes
    """
    routes = routez.get("routes") or []
    others = sorted(
        {str(route.get("remote_name") or route.get("remote_id", "")) for route in routes}
    )
    expected = servers - 1
    problem = f"has routes to {len(others)} of {expected} others" if len(others) < expected else ""
    return NatsServer(pod, others, problem, reachable=True)


def bundled(services: Sequence[ServiceStatus]) -> ServiceStatus | None:
    """Returns the status of the bundled NATS; None if the workspace uses another one."""
    return next((service for service in services if service.service == NATS.kebab_name), None)
