"""Rehearses a change: the twin, the workspace as it runs, the change, and what comes of it."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from components.kube.api import Api
from tools.diff.revision import extract, resolve_revision
from tools.errors import ToolError
from tools.rehearse import twin
from tools.rehearse.disruptions import drain, lose, restore
from tools.rehearse.fits import find_fitting
from tools.rehearse.observe import Observation, Observer
from tools.rehearse.outcome import Blocked, Outcome, Shortage, fullness
from tools.rehearse.pools import Autoscaler, parse_pools
from tools.rehearse.snapshot import ClusterSnapshot, Node, WorkspacePod
from tools.rehearse.workspace import Workspace, place
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import Simulation

NOT_PLAYED = (
    "Not played: admission webhooks, nodes that an autoscaler adds unless --pool names their pool,"
    " pulls of images, and the network."
)
LOST_NODES = (
    "Kubernetes replaces the pods of a lost node only after 5 minutes, which come on top, and those"
    " of a StatefulSet only once the node is removed."
)
ZONE_LABEL = "topology.kubernetes.io/zone"
_FEW = 20
"""How many names an error lists."""
EACH = ""
"""In place of a node or a zone: each, one after the other."""


@dataclass(frozen=True)
class Change:
    """What is rehearsed: the change to the working tree, unless `drain` or `lose_zone` is given."""

    checkout: Path
    stack: str
    base: str
    """The revision that runs now."""
    chart: str | None = None
    settings: Sequence[str] = ()
    """Changes of the config, as KEY=VALUE."""
    ready_after: float | None = None
    """Seconds until a pod gets ready; by default what the real pods took."""
    drain: str | None = None
    """The node to drain; `EACH` for each one that the workspace runs on."""
    lose_zone: str | None = None
    """The zone to lose; `EACH` for each one that the workspace runs in."""
    node_down: str | None = None
    """The node that is down while the change is made."""
    pools: Sequence[str] = ()
    """The node pools that may grow, as NAME=COUNT."""


def rehearse(
    change: Change, snapshot: ClusterSnapshot, folder: Path, tell: Callable[[str], None]
) -> list[Outcome]:
    """Plays a change, or drains or losses, on a twin of the cluster, which is removed in the end.

    Args:
        change: What to rehearse.
        snapshot: The cluster.
        folder: Where the twin and its state are.
        tell: Is called with what is being done.

    Returns:
        What came of it, for each node or zone on its own.

    Raises:
        ToolError: If there is no such node or zone, the twin doesn't start, or an update fails on
            it.
    """
    places = places_of(change, snapshot)
    pools = parse_pools(change.pools, snapshot)
    tell(f"Building a twin: {len(snapshot.nodes)} nodes, {len(snapshot.pods)} pods of others.")
    # What an interrupted rehearsal has left is of another twin.
    for name in ("backend", "project"):
        shutil.rmtree(folder / name, ignore_errors=True)
    cluster = twin.build(folder / "cluster", snapshot)
    try:
        return _Rehearsal(change, snapshot, folder, cluster, tell).play(places, pools)
    finally:
        cluster.down()


def places_of(change: Change, snapshot: ClusterSnapshot) -> dict[str, list[str]]:
    """Returns the nodes to drain, lose or take down, by their own name or their zone's.

    Raises:
        ToolError: If there is no such node or zone, or nothing runs that could be disturbed.
    """
    used = {pod.node for pod in snapshot.workspace}
    by_node = {node.name: [node.name] for node in snapshot.nodes}
    by_zone: dict[str, list[str]] = {}
    for node in snapshot.nodes:
        if zone := node.labels.get(ZONE_LABEL):
            by_zone.setdefault(zone, []).append(node.name)
    for option, wanted, known in (
        ("--drain", change.drain, by_node),
        ("--lose-zone", change.lose_zone, by_zone),
        ("--node-down", change.node_down, by_node),
    ):
        if wanted is None:
            continue
        if option != "--node-down" and not snapshot.workspace:
            raise ToolError(f"{option}: the workspace doesn't run on this cluster.")
        if wanted == EACH and option != "--node-down":
            return {place: nodes for place, nodes in known.items() if used.intersection(nodes)}
        if wanted not in known:
            kind = "zone" if option == "--lose-zone" else "node"
            raise ToolError(
                f"{option} {wanted}: there is no such {kind}. There are: {_few(sorted(known))}."
            )
        return {wanted: known[wanted]}
    return {}


def _few(names: list[str]) -> str:
    rest = len(names) - _FEW
    shown = ", ".join(names[:_FEW]) or "none"
    return f"{shown} and {rest} more" if rest > 0 else shown


class _Rehearsal:
    """One rehearsal on a twin that is there."""

    def __init__(
        self,
        change: Change,
        snapshot: ClusterSnapshot,
        folder: Path,
        cluster: Cluster,
        tell: Callable[[str], None],
    ) -> None:
        self._change = change
        self._snapshot = snapshot
        self._folder = folder
        self._cluster = cluster
        self._tell = tell
        self._open = {node.name for node in snapshot.nodes if node.accepts_pods}
        """The nodes that aren't cordoned, and may have pods again after a scenario."""
        self._added: Sequence[Node] = ()
        simulation = Simulation(change.checkout, folder, cluster)
        self._chart = change.chart or simulation.chart_for(change.stack)[0]

    def play(self, places: Mapping[str, list[str]], pools: Mapping[str, int]) -> list[Outcome]:
        """Returns the outcomes of the change, or of what happens to each place."""
        change = self._change
        if self._snapshot.workspace:
            self._deploy_base()
        workspace = self._workspace(change.checkout)
        workspace.set(change.settings)
        delays = _delays(self._snapshot.workspace, workspace.release, change.ready_after)
        with self._cluster.api() as api:
            twin.restrict(api, workspace.namespace, self._snapshot)
            ready = twin.delay_readiness(api, workspace.namespace, workspace.release, delays)

            autoscaler = Autoscaler(api, self._snapshot, pools)
            self._added = autoscaler.added

            def observe() -> Observer:
                observer = workspace.observer(api, ready)
                observer.add_node = autoscaler.add_node
                observer.look()
                return observer

            if change.drain is not None:
                return [self._drain(api, node, observe()) for node in places]
            if change.lose_zone is not None:
                return [
                    self._lose_zone(api, zone, nodes, observe()) for zone, nodes in places.items()
                ]
            scenario = "the change"
            for node in places:
                self._tell(f"Taking node {node} down.")
                scenario = f"the change while node {node} is down"
                lose(api, [node])
                observe().settle()
            return [self._update(workspace, scenario, api, observe())]

    def _update(self, workspace: Workspace, scenario: str, api: Api, observer: Observer) -> Outcome:
        self._tell("Updating the twin to the working tree.")
        comes_up = workspace.up(observer)
        shortages = self._shortages(observer.observation, api, workspace) if not comes_up else ()
        return self._outcome(
            scenario,
            observer.observation,
            shortages=shortages,
            changed=not comes_up or workspace.changed(),
        )

    def _drain(self, api: Api, node: str, observer: Observer) -> Outcome:
        self._tell(f"Draining node {node}.")
        stays = {
            (pod.namespace, pod.name)
            for pod in self._snapshot.pods
            if pod.owner_kind in twin.TIED_TO_NODES
        }
        blocked = drain(api, node, observer, stays)
        observer.settle()
        outcome = self._outcome(f"draining node {node}", observer.observation, blocked=blocked)
        restore(api, self._open.intersection([node]))
        observer.settle()
        return outcome

    def _lose_zone(self, api: Api, zone: str, nodes: list[str], observer: Observer) -> Outcome:
        self._tell(f"Losing zone {zone}.")
        lose(api, nodes)
        observer.look()
        observer.settle()
        outcome = self._outcome(f"losing zone {zone}", observer.observation, notes=[LOST_NODES])
        restore(api, self._open.intersection(nodes))
        observer.settle()
        return outcome

    def _outcome(  # noqa: PLR0913 - what an outcome has
        self,
        scenario: str,
        observation: Observation,
        *,
        shortages: tuple[Shortage, ...] | None = None,
        blocked: tuple[Blocked, ...] = (),
        changed: bool = True,
        notes: Sequence[str] = (),
    ) -> Outcome:
        # Whoever observes goes on.
        seen = replace(observation, samples=list(observation.samples))
        added = self._added
        grown = replace(self._snapshot, nodes=[*self._snapshot.nodes, *added])
        names = ", ".join(node.name for node in added)
        return Outcome(
            scenario=scenario,
            changed=changed,
            observation=seen,
            shortages=_stuck(seen) if shortages is None else shortages,
            blocked=blocked,
            nodes=fullness(grown, seen),
            notes=(
                *self._snapshot.notes,
                *notes,
                *([f"Nodes were added for pods that found none, at once: {names}."] * bool(added)),
                NOT_PLAYED,
            ),
        )

    def _deploy_base(self) -> None:
        change = self._change
        base = resolve_revision(change.checkout, change.base)
        checkout = extract(change.checkout, base, self._folder / "base")
        self._tell(
            f"Deploying {base.name} ({base.short_commit}), and placing its pods as they run now."
        )
        workspace = self._workspace(checkout)
        with self._cluster.api() as api:
            observer = workspace.observer(api)
            workspace.up(observer)
            twin.bind_volumes(api, workspace.namespace, self._snapshot.volumes)
            place(self._cluster, observer, workspace, self._snapshot.workspace)

    def _workspace(self, checkout: Path) -> Workspace:
        return Workspace(checkout, self._folder, self._cluster, self._change.stack, self._chart)

    def _shortages(
        self, observation: Observation, api: Api, workspace: Workspace
    ) -> tuple[Shortage, ...]:
        """What is stuck, with how many instances fit."""
        found = []
        for shortage in _stuck(observation):
            self._tell(f"Finding how many {shortage.service} fit.")
            # What is tried now isn't part of what the change does.
            observer = workspace.observer(api)
            observer.look()
            fits = find_fitting(
                api, workspace.namespace, workspace.release, shortage.service, observer
            )
            found.append(replace(shortage, fits=fits))
        return tuple(found)


def _stuck(observation: Observation) -> tuple[Shortage, ...]:
    services = observation.last.services
    return tuple(
        Shortage(
            service,
            missing,
            services[service].desired if service in services else missing,
            observation.reasons[service],
            fits=None,
        )
        for service, missing in observation.missing.items()
    )


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
