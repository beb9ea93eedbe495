"""Says why an update fails, at the moment at which it does.

The engine calls an error hook before it reports the failure of an object. That is the last moment
at which the program can say something: soon after, the engine closes its connections, and ends the
program. The hook reads the cluster and puts the reason first among the update's errors.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from components.deploy.provider_annotations import FIELD_MANAGER
from components.deploy.provider_cluster import has_own_provider, provider_connection
from components.failures.report import find_failures, format_failures
from components.failures.snapshot import Key, Snapshot
from components.kube.objects import nested_map

AWAITED = ("Deployment", "StatefulSet", "PersistentVolumeClaim")
"""The kinds that an update waits for, and whose own status doesn't say why it waits in vain."""
CALL_SECONDS = 2.0
SECONDS = 6.0
"""How long a failing update waits for the reason."""
TITLE = "Why the update fails:"

ReadSnapshot = Callable[[str], Snapshot]
"""Reads a namespace of the cluster that the provider deploys to."""


class FailureHook:
    """Reports every object that isn't ready, once."""

    def __init__(self, namespace: str, field_manager: str, read: ReadSnapshot) -> None:
        self._namespace = namespace
        self._field_manager = field_manager
        self._read = read
        self._reported: set[str] = set()
        self._lock = asyncio.Lock()
        self._gave_up = False

    async def __call__(self, args: pulumi.ErrorHookArgs) -> bool:
        """Logs why an object failed, and returns that it isn't to be tried again."""
        async with self._lock:
            text = await self._explain(_key(args))
        if text:
            pulumi.log.error(f"{TITLE}\n{text}")
        return False

    async def _explain(self, failed: Key) -> str:
        """The reasons that haven't been reported yet; "" if they can't be read."""
        if self._gave_up:
            return ""
        try:
            reading = _in_daemon_thread(lambda: self._read(self._namespace))
            snapshot = await asyncio.wait_for(reading, SECONDS)
            return self._new_failures(snapshot, failed)
        except Exception as error:  # noqa: BLE001 - the engine's own error follows, whatever this is
            self._gave_up = True
            pulumi.log.debug(f"Why an object failed can't be read: {type(error).__name__}")
            return ""

    def _new_failures(self, snapshot: Snapshot, failed: Key) -> str:
        failures = [
            failure
            for failure in find_failures(only_managed_by(snapshot, self._field_manager), {failed})
            if failure.object not in self._reported
        ]
        self._reported.update(failure.object for failure in failures)
        return format_failures(failures)


def only_managed_by(snapshot: Snapshot, field_manager: str) -> Snapshot:
    """Returns a snapshot with those workloads and claims only that this stack has written.

    Others in the namespace are none of its business, and the cluster may be another one than the
    provider's where a program configures that in its own way.
    """

    def ours(obj: dict[str, Any]) -> bool:
        return nested_map(obj, "metadata", "annotations").get(FIELD_MANAGER) == field_manager

    return Snapshot(
        workloads=[workload for workload in snapshot.workloads if ours(workload)],
        replica_sets=snapshot.replica_sets,
        pods=snapshot.pods,
        events=snapshot.events,
        claims=[claim for claim in snapshot.claims if ours(claim)],
        logs=snapshot.logs,
    )


def read_from_cluster(namespace: str) -> Snapshot:
    """Reads the cluster that the Kubernetes provider uses, by the stack's config as it does.

    Raises:
        ApiError: If the cluster can't be read.
    """
    # Importing the client takes half a second, which only an update that fails needs.
    from components.deploy.cluster_state import read_snapshot  # noqa: PLC0415
    from components.kube.api import connect  # noqa: PLC0415

    with connect(*provider_connection()) as api:
        return read_snapshot(api, namespace, CALL_SECONDS)


def failure_hook_transform(
    component: pulumi.Resource, name: str, namespace: str, field_manager: str
) -> pulumi.ResourceTransform | None:
    """Returns the transform that gives objects the hook; None where nothing is to be called.

    The hook is named after the component, `name`; the state keeps its name with each object.

    A preview waits for nothing. An older engine has no error hooks, and the SDK's mocks call none.
    Of a provider of the component's own, the program doesn't know the cluster.
    """
    feature = resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS
    engine = isinstance(settings.get_monitor(), resource_pb2_grpc.ResourceMonitorStub)
    supported = engine and settings.monitor_supports_feature(feature)
    if pulumi.runtime.is_dry_run() or not supported or has_own_provider(component):
        return None
    hook = pulumi.ErrorHook(
        f"{name}-failure", FailureHook(namespace, field_manager, read_from_cluster)
    )
    added = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[hook]))

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_.rpartition(":")[2] not in AWAITED:
            return None
        options = pulumi.ResourceOptions.merge(args.opts, added)
        return pulumi.ResourceTransformResult(args.props, options)

    return transform


def _in_daemon_thread(read: Callable[[], Snapshot]) -> asyncio.Future[Snapshot]:
    """Runs `read` in a thread that keeps no program alive, as the login of a kubeconfig might."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Snapshot] = loop.create_future()

    def resolve(snapshot: Snapshot | None, error: Exception | None) -> None:
        if future.done():
            return
        if snapshot is not None:
            future.set_result(snapshot)
        else:
            future.set_exception(error or RuntimeError())

    def run() -> None:
        result: tuple[Snapshot | None, Exception | None]
        try:
            snapshot = read()
        except Exception as caught:  # noqa: BLE001 - it is raised where the future is awaited
            result = (None, caught)
        else:
            result = (snapshot, None)
        # The program may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(resolve, *result)

    threading.Thread(target=run, daemon=True).start()
    return future


def _key(args: pulumi.ErrorHookArgs) -> Key:
    """The kind and the name of the object that failed."""
    metadata = nested_map(dict(args.new_inputs or args.old_inputs or {}), "metadata")
    name = metadata.get("name") or args.name.rpartition("/")[2]
    return args.type.rpartition(":")[2], str(name)
