"""Compares what a rehearsal foretells with what then happens on a cluster."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.program import Program
from tools.rehearse.disruptions import drain
from tools.rehearse.observe import Observation
from tools.rehearse.outcome import Blocked, Outcome
from tools.rehearse.read import read_cluster
from tools.rehearse.rehearsal import Change, rehearse
from tools.rehearse.snapshot import ClusterSnapshot
from tools.rehearse.workspace import Workspace

RELEASE = "chat"


@dataclass(frozen=True)
class Seen:
    """What a rehearsal foretold, or what happened."""

    stuck: Mapping[str, int]
    """By service: how many pods stay Pending."""
    short: frozenset[str]
    """The services of which fewer instances were ready for a while."""
    blocked: frozenset[str]
    """The services whose pods can't be evicted."""

    @classmethod
    def of(cls, outcome: Outcome) -> "Seen":
        """What an outcome says."""
        return cls(
            stuck=outcome.observation.missing,
            short=frozenset(outcome.short_seconds),
            blocked=frozenset(blocked.service for blocked in outcome.blocked),
        )


def foretell(
    program: Program,
    folder: Path,
    *,
    ready_after: float = 0,
    **changed: Any,  # noqa: ANN401 - inputs
) -> Outcome:
    """Rehearses a change of the deployed program's config, and leaves the config changed."""
    snapshot = _snapshot(program)
    program.configure(**changed)
    change = _change(program, ready_after=ready_after)
    (outcome,) = rehearse(change, snapshot, folder, print)
    return outcome


def foretell_scenario(program: Program, folder: Path, **scenario: Any) -> list[Outcome]:  # noqa: ANN401 - fields of Change
    """Rehearses the deployed program with other fields of the change."""
    return rehearse(_change(program, **scenario), _snapshot(program), folder, print)


def happen(program: Program) -> Seen:
    """Makes the change on the cluster itself."""
    workspace = _workspace(program)
    with program.cluster.api() as api:
        observer = workspace.observer(api)
        observer.look()
        workspace.up(observer)
    return _seen(observer.observation)


def happen_drain(program: Program, node: str) -> Seen:
    """Drains a node of the cluster itself, whose pods of others stay."""
    workspace = _workspace(program)
    with program.cluster.api() as api:
        observer = workspace.observer(api)
        observer.look()
        others = {(pod.namespace, pod.name) for pod in _snapshot(program).pods}
        blocked = drain(api, node, observer, others)
        observer.settle()
    return _seen(observer.observation, blocked)


def _seen(observation: Observation, blocked: tuple[Blocked, ...] = ()) -> Seen:
    return Seen.of(Outcome("", True, observation, (), blocked, {}, ()))  # noqa: FBT003 - as it is


def _workspace(program: Program) -> Workspace:
    folder = program.simulation.folder
    return Workspace(program.checkout, folder, program.cluster, "test", None)


def _change(program: Program, **fields: Any) -> Change:  # noqa: ANN401 - fields of Change
    return Change(program.checkout, "test", "main", **{"ready_after": 0, **fields})


def _snapshot(program: Program) -> ClusterSnapshot:
    """The cluster as it is, with the program as it is committed to its branch `main`."""
    git(program.checkout, "init", "-q", "-b", "main")
    git(program.checkout, "add", "-A")
    author = ("-c", "user.name=a", "-c", "user.email=a@b")
    git(program.checkout, *author, "commit", "-qm", "deployed", "--allow-empty")
    with program.cluster.api() as api:
        return read_cluster(api, program.namespace, RELEASE)


def git(folder: Path, *arguments: str) -> None:
    """Runs git in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True)
