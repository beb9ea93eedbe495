"""Rehearses a change: the twin, the workspace as it runs, the change, and what comes of it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tools.diff.revision import extract, resolve_revision
from tools.rehearse import twin
from tools.rehearse.fits import find_fitting
from tools.rehearse.observe import Observation, Observer
from tools.rehearse.outcome import Outcome, Shortage, fullness
from tools.rehearse.snapshot import ClusterSnapshot, WorkspacePod
from tools.rehearse.workspace import Workspace, place
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import Simulation

NOT_PLAYED = (
    "Not played: admission webhooks, nodes that an autoscaler adds, pulls of images, the network,"
    " and zones that volumes bind pods to."
)


@dataclass(frozen=True)
class Change:
    """What is rehearsed."""

    checkout: Path
    stack: str
    base: str
    """The revision that runs now."""
    chart: str | None = None
    settings: Sequence[str] = ()
    """Changes of the config, as KEY=VALUE."""
    ready_after: float | None = None
    """Seconds until a pod gets ready; by default what the real pods took."""


def rehearse(
    change: Change, snapshot: ClusterSnapshot, folder: Path, tell: Callable[[str], None]
) -> Outcome:
    """Plays a change on a twin of the cluster, which is removed in the end.

    Args:
        change: What to rehearse.
        snapshot: The cluster.
        folder: Where the twin and its state are.
        tell: Is called with what is being done.

    Raises:
        ToolError: If the twin doesn't start, or an update fails on it.
    """
    tell(f"Building a twin: {len(snapshot.nodes)} nodes, {len(snapshot.pods)} pods of others.")
    # What an interrupted rehearsal has left is of another twin.
    for name in ("backend", "project"):
        shutil.rmtree(folder / name, ignore_errors=True)
    cluster = twin.build(folder / "cluster", snapshot)
    try:
        return _play(change, snapshot, folder, cluster, tell)
    finally:
        cluster.down()


def _play(
    change: Change,
    snapshot: ClusterSnapshot,
    folder: Path,
    cluster: Cluster,
    tell: Callable[[str], None],
) -> Outcome:
    chart = change.chart or Simulation(change.checkout, folder, cluster).chart_for(change.stack)[0]
    if snapshot.workspace:
        _deploy_base(change, snapshot, folder, cluster, chart, tell)
    workspace = Workspace(change.checkout, folder, cluster, change.stack, chart)
    workspace.set(change.settings)
    delays = _delays(snapshot.workspace, workspace.release, change.ready_after)
    with cluster.api() as api:
        twin.restrict(api, workspace.namespace, snapshot)
        ready_seconds = twin.delay_readiness(api, workspace.namespace, workspace.release, delays)
        observer = Observer(
            api,
            workspace.namespace,
            workspace.release,
            users=workspace.users,
            ready_seconds=ready_seconds,
        )
        observer.look()
        tell("Updating the twin to the working tree.")
        fits = workspace.up(observer)
        observation = observer.observation
        shortages = () if fits else _shortages(workspace, observation, cluster, tell)
    return Outcome(
        scenario="the change",
        changed=not fits or workspace.changed(),
        observation=observation,
        shortages=shortages,
        nodes=fullness(snapshot, observation),
        notes=(*snapshot.notes, NOT_PLAYED),
    )


def _deploy_base(  # noqa: PLR0913, PLR0917 - what it takes to deploy it
    change: Change,
    snapshot: ClusterSnapshot,
    folder: Path,
    cluster: Cluster,
    chart: str | None,
    tell: Callable[[str], None],
) -> None:
    base = resolve_revision(change.checkout, change.base)
    checkout = extract(change.checkout, base, folder / "base")
    tell(f"Deploying {base.name} ({base.short_commit}), and placing its pods as they run now.")
    workspace = Workspace(checkout, folder, cluster, change.stack, chart)
    with cluster.api() as api:
        observer = Observer(
            api, workspace.namespace, workspace.release, users=None, ready_seconds=0
        )
        workspace.up(observer)
        place(cluster, observer, workspace, snapshot.workspace)


def _delays(
    pods: Sequence[WorkspacePod], release: str, ready_after: float | None
) -> dict[str, float]:
    """How long pods take to get ready, in seconds: by workload, and by "" for all others."""
    if ready_after is not None:
        return {"": ready_after}
    by_workload: dict[str, list[float]] = {}
    for pod in pods:
        if pod.ready_seconds is not None:
            by_workload.setdefault(pod.workload.removeprefix(f"{release}-"), []).append(
                pod.ready_seconds
            )
    return {name: median(seconds) for name, seconds in by_workload.items()}


def _shortages(
    workspace: Workspace,
    observation: Observation,
    cluster: Cluster,
    tell: Callable[[str], None],
) -> tuple[Shortage, ...]:
    stuck = dict(observation.missing)
    reasons = dict(observation.reasons)
    services = observation.last.services
    found = []
    with cluster.api() as api:
        for service, missing in stuck.items():
            tell(f"Finding how many {service} fit.")
            # What is tried now isn't part of what the change does.
            observer = Observer(
                api, workspace.namespace, workspace.release, users=None, ready_seconds=0
            )
            observer.look()
            fits = find_fitting(api, workspace.namespace, workspace.release, service, observer)
            desired = services[service].desired if service in services else missing
            found.append(Shortage(service, missing, desired, reasons[service], fits))
    return tuple(found)
