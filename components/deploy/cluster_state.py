"""Reads what a cluster says about one namespace."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from components.failures.crash_logs import MAX_BYTES, TAIL_LINES
from components.failures.report import crashed_containers
from components.failures.snapshot import Snapshot
from components.kube.api import TIMEOUT_SECONDS, Api, ApiError
from components.kube.objects import KubernetesObject
from components.kube.paths import collection_path

REQUIRED = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Pod": "v1",
}
"""The kinds that have to be readable, with their API versions."""
OPTIONAL = {"Event": "v1", "PersistentVolumeClaim": "v1"}
"""The kinds that not every reader may list, and that say more where it may."""
MAX_LOGS = 8
"""How many containers' logs are read: those of one service mostly say the same."""


class UnreadableError(ApiError):
    """A list that can't be read; `resource` is its name in the API."""

    def __init__(self, resource: str, error: ApiError) -> None:
        super().__init__(error.status, str(error))
        self.resource = resource


def read_snapshot(api: Api, namespace: str, seconds: float = TIMEOUT_SECONDS) -> Snapshot:
    """Returns the objects that show why workloads aren't ready, and the logs of crashed containers.

    Args:
        api: The cluster.
        namespace: The namespace to read.
        seconds: The timeout of each call; they run at the same time, the logs after the lists.

    Raises:
        UnreadableError: If a list that is needed can't be read.
    """

    def read(kind: str, version: str) -> list[KubernetesObject]:
        path = collection_path(version, kind, namespace)
        try:
            items = api.items(path, seconds=seconds)
        except ApiError as error:
            if kind in OPTIONAL:
                return []
            raise UnreadableError(path.rsplit("/", 1)[-1], error) from None
        # The items of a list have no kind of their own.
        return [{"kind": kind, **obj} for obj in items]

    kinds = {**REQUIRED, **OPTIONAL}
    with ThreadPoolExecutor(max_workers=len(kinds)) as pool:
        objects = dict(zip(kinds, pool.map(read, kinds, kinds.values()), strict=True))
    snapshot = Snapshot(
        workloads=[*objects["Deployment"], *objects["StatefulSet"]],
        replica_sets=objects["ReplicaSet"],
        pods=objects["Pod"],
        events=objects["Event"],
        claims=objects["PersistentVolumeClaim"],
    )
    return replace(snapshot, logs=_read_logs(api, namespace, snapshot, seconds))


def _read_logs(
    api: Api, namespace: str, snapshot: Snapshot, seconds: float
) -> Mapping[tuple[str, str], str]:
    """The last lines of crashed containers before they crashed, as far as they may be read."""
    crashed = list(crashed_containers(snapshot))[:MAX_LOGS]

    def read(container: tuple[str, str]) -> str:
        pod, name = container
        path = f"{collection_path('v1', 'Pod', namespace)}/{pod}/log"
        query = {
            "container": name,
            "previous": "true",
            "tailLines": str(TAIL_LINES),
            "limitBytes": str(MAX_BYTES),
        }
        with suppress(ApiError):
            return api.text(path, query, seconds)
        return ""

    if not crashed:
        return {}
    with ThreadPoolExecutor(max_workers=len(crashed)) as pool:
        return {item: log for item, log in zip(crashed, pool.map(read, crashed)) if log}  # noqa: B905 - as many as were asked for
