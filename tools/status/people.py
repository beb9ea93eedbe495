"""The people on each ddp-streamer, from the metrics of its pods."""

import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject, containers, kind_and_name
from components.kube.paths import collection_path
from components.manifests.scraping import BUS_PORT, PEOPLE_METRIC
from components.services import DDP_STREAMER
from tools.status.desired import Desired
from tools.status.report import People, ServiceStatus

TIMEOUT_SECONDS = 4.0
PEOPLE_PER_INSTANCE = DDP_STREAMER.users_per_instance or 0

_ON_BUS = re.compile(r"^moleculer_", re.MULTILINE)
_CONNECTED = re.compile(rf"^{PEOPLE_METRIC}(?:\{{.*\}})?[ \t]+(\S+)", re.MULTILINE)


def count_people(
    api: Api, desired: Desired, services: Sequence[ServiceStatus]
) -> tuple[list[ServiceStatus], People | None, list[str]]:
    """Asks every ready ddp-streamer, concurrently, through the API server's proxy.

    Returns:
        The services with the people on each instance, what they add up to (None if no instance
        said), and notes on what isn't known.
    """
    services = list(services)
    status = next((item for item in services if item.service == DDP_STREAMER.kebab_name), None)
    port = next(
        (
            _metrics_port(workload)
            for workload in desired.workloads
            if status and kind_and_name(workload) == status.workload
        ),
        None,
    )
    if status is None or port is None:
        return services, None, []
    pods_path = collection_path("v1", "Pod", desired.namespace)

    def ask(pod: str) -> int | ApiError:
        path = f"{pods_path}/{pod}:{port}/proxy/metrics"
        try:
            people = parse_people(api.text(path, {}, TIMEOUT_SECONDS))
        except ApiError as error:
            return error
        return ApiError(0, f"its metrics have no {PEOPLE_METRIC}") if people is None else people

    pods = [instance.pod for instance in status.instances if instance.ready]
    if not pods:
        return services, None, []
    with ThreadPoolExecutor(max_workers=min(8, len(pods))) as pool:
        answers = dict(zip(pods, pool.map(ask, pods), strict=True))
    known = {pod: people for pod, people in answers.items() if isinstance(people, int)}
    errors = [str(error) for error in answers.values() if isinstance(error, ApiError)]
    notes = []
    if errors:
        notes.append(
            f"The people on {len(errors)} of {len(pods)} ddp-streamers are unknown, as their"
            f" metrics can't be read: {errors[0]}.",
        )
    if not known:
        return services, None, notes
    notes += [
        f"{pod} has {people} people, more than the {PEOPLE_PER_INSTANCE} that it is planned for."
        for pod, people in known.items()
        if people > PEOPLE_PER_INSTANCE
    ]
    counted = replace(
        status,
        instances=[
            replace(instance, people=known.get(instance.pod)) for instance in status.instances
        ],
    )
    total = People(
        connected=sum(known.values()),
        capacity=len(pods) * PEOPLE_PER_INSTANCE,
        unknown=len(errors),
        per_instance=PEOPLE_PER_INSTANCE,
        max_replicas=status.desired_max if status.desired_max > status.desired else None,
    )
    return [counted if item is status else item for item in services], total, notes


def parse_people(metrics: str) -> int | None:
    """Returns the sum of `users_connected` in Prometheus' text format; None without a number.

    Before somebody has connected for the first time, an instance has no such metric, only those
    that every service on the bus has.
    """
    try:
        values = [float(value) for value in _CONNECTED.findall(metrics)]
    except ValueError:
        return None
    if not all(math.isfinite(value) for value in values):
        return None
    if not values and not _ON_BUS.search(metrics):
        return None
    return int(sum(values))


def _metrics_port(workload: KubernetesObject) -> int | None:
    ports = (port for item in containers(workload) for port in item.get("ports", ()))
    return next(
        (int(port["containerPort"]) for port in ports if port.get("name") == BUS_PORT), None
    )
