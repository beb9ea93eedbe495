"""The workloads that aren't ready, as a person reads them after a failed update."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from components.failures.causes import CRASH, claim_cause, workload_cause
from components.failures.snapshot import Key, Snapshot, key_of
from components.kube.objects import KubernetesObject, kind_and_name, nested_list, nested_map
from components.services import NATS

MAX_REASONS = 6
"""More wouldn't fit on a screen."""


@dataclass(frozen=True)
class Failure:
    """One object that isn't ready: why, and what to do."""

    object: str
    """Kind and name."""
    state: str = ""
    """How many of its pods are ready."""
    reason: str = ""
    remedy: str = ""


def find_failures(snapshot: Snapshot, failed: Collection[Key] = ()) -> list[Failure]:
    """Returns the objects that aren't ready, NATS first, since the other services wait for it.

    Args:
        snapshot: What the cluster says.
        failed: The objects that the update gave up on. They are among the failures even if nothing
            says why; others only with a reason that doesn't go away by itself.
    """
    failures = [*_workloads(snapshot, failed), *_claims(snapshot, failed)]
    return sorted(failures, key=lambda failure: f"-{NATS.name}" not in failure.object)


def format_failures(failures: Iterable[Failure]) -> str:
    """Returns lines with each object, the reason and what to do; the same reason once."""
    objects: dict[tuple[str, str], list[str]] = {}
    for failure in failures:
        name = f"{failure.object} ({failure.state})" if failure.state else failure.object
        objects.setdefault((failure.reason, failure.remedy), []).append(name)
    lines = []
    for (reason, remedy), names in list(objects.items())[:MAX_REASONS]:
        lines.append(f"{', '.join(names)}:")
        lines.append(f"  {reason.removesuffix('.') or 'nothing on the cluster says why'}.")
        lines += [f"  {remedy}"] if remedy else []
    if len(objects) > MAX_REASONS:
        more = sum(map(len, list(objects.values())[MAX_REASONS:]))
        lines.append(f"{more} more objects aren't ready.")
    return "\n".join(lines)


def crashed_containers(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Returns the pods and containers that keep crashing, whose logs may say why."""
    for pod in snapshot.pods:
        status = nested_map(pod, "status")
        statuses = ("initContainerStatuses", "containerStatuses")
        for container in [item for field in statuses for item in nested_list(status, field)]:
            waits = nested_map(container, "state", "waiting").get("reason") == CRASH
            ended = nested_map(container, "lastState", "terminated").get("exitCode")
            if not container.get("ready") and (waits or ended):
                yield str(pod["metadata"]["name"]), str(container["name"])


def _workloads(snapshot: Snapshot, failed: Collection[Key]) -> Iterator[Failure]:
    for workload in snapshot.workloads:
        wanted = int(nested_map(workload, "spec").get("replicas", 1))
        ready = int(nested_map(workload, "status").get("readyReplicas", 0))
        cause = workload_cause(workload, snapshot)
        if key_of(workload) not in failed and (
            cause is None or not cause.certain or _is_ready(workload, wanted)
        ):
            continue
        state = f"{ready} of {wanted} ready"
        reason, remedy = (cause.reason, cause.remedy) if cause else ("", "")
        yield Failure(kind_and_name(workload), state, reason, remedy)


def _claims(snapshot: Snapshot, failed: Collection[Key]) -> Iterator[Failure]:
    for claim in snapshot.claims:
        cause = claim_cause(claim, snapshot)
        if key_of(claim) in failed and cause is not None:
            yield Failure(kind_and_name(claim), "", cause.reason, cause.remedy)


def _is_ready(workload: KubernetesObject, wanted: int) -> bool:
    status = nested_map(workload, "status")
    return all(
        int(status.get(field, 0)) >= wanted for field in ("readyReplicas", "updatedReplicas")
    )
