"""Compares what a rehearsal foretells with what then happens on a cluster."""

import subprocess
from pathlib import Path
from typing import Any

from tests.support.program import Program
from tools.rehearse.observe import Observer
from tools.rehearse.outcome import Outcome
from tools.rehearse.read import read_cluster
from tools.rehearse.rehearsal import Change, rehearse
from tools.rehearse.workspace import Workspace

RELEASE = "chat"


def foretell(program: Program, folder: Path, **changed: Any) -> Outcome:  # noqa: ANN401 - inputs
    """Rehearses a change of the deployed program's config, and leaves the config changed."""
    git(program.checkout, "init", "-q", "-b", "main")
    git(program.checkout, "add", "-A")
    git(program.checkout, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "deployed")
    with program.cluster.api() as api:
        snapshot = read_cluster(api, program.namespace, RELEASE)
    program.configure(**changed)
    change = Change(program.checkout, "test", "main", ready_after=0)
    return rehearse(change, snapshot, folder, print)


def come_true(program: Program) -> dict[str, int]:
    """Makes the change on the cluster itself, and returns how many pods of a service are stuck."""
    simulation = program.simulation
    workspace = Workspace(program.checkout, simulation.folder, program.cluster, "test", None)
    with program.cluster.api() as api:
        observer = Observer(api, program.namespace, RELEASE, users=None, ready_seconds=0)
        workspace.up(observer)
    return observer.observation.missing


def git(folder: Path, *arguments: str) -> None:
    """Runs git in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True)
