"""The NATS servers' routes to each other, as each server's monitor tells them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from components.services import NATS, NATS_MONITOR_PORT
from tools.status.api import Api, ApiError
from tools.status.report import NatsServer, ServiceStatus

SECONDS = 4.0


def servers(api: Api, namespace: str, nats: ServiceStatus) -> list[NatsServer]:
    """Each server's routes, asked for through the API server's proxy, all at once."""
    pods = [one.pod for one in nats.instances if one.ready]

    def ask(pod: str) -> NatsServer:
        try:
            path = f"/api/v1/namespaces/{namespace}/pods/{pod}:{NATS_MONITOR_PORT}/proxy/routez"
            return server(pod, api.send("GET", path, seconds=SECONDS), nats.asked)
        except ApiError as error:
            return NatsServer(pod, (), f"its monitor can't be reached: {error}", reachable=False)

    if not pods:
        return []
    with ThreadPoolExecutor(max_workers=min(8, len(pods))) as several:
        return list(several.map(ask, pods))


def server(pod: str, routez: Mapping[str, Any], asked: int) -> NatsServer:
    """What one server's `/routez` says, in a cluster of `asked` servers.

    A server keeps several connections to each of the others since NATS 2.10, so that its number of
    routes says little; how many others they lead to is what counts.
    """
    came = routez.get("routes") or []
    others = sorted({str(one.get("remote_name") or one.get("remote_id", "")) for one in came})
    missing = asked - 1 - len(others)
    words = f"has routes to {len(others)} of {asked - 1} others" if missing > 0 else ""
    return NatsServer(pod, others, words, reachable=True)


def of(services: Sequence[ServiceStatus]) -> ServiceStatus | None:
    """NATS among the services, where it is bundled."""
    return next((one for one in services if one.service == NATS.kebab_name), None)
