"""`python -m tools.bench`: prints times, and ratios of programs run in turn, each with its spread.

What is compared runs alternately on one simulated cluster, so that a busy machine slows down all.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from kubernetes.client import CoreV1Api, V1Namespace, V1ObjectMeta
from rich.console import Console
from rich.table import Table

from components.intent import resolve
from components.services import camel
from components.values import helm_values
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT, FOREIGN, OWN_CHART, Workspace

PROGRAMS = Path(__file__).parent / "programs"
INPUTS = {"host": "chat.example.com", "mongodb_secret": "chat-mongodb", "namespace": "bench"}

console = Console()


class Bench:
    """A simulated cluster of its own with each program's stack on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cluster = Cluster(folder / "cluster")
        self._ours = Workspace(self._checkout(), folder / "simulation", self.cluster)

    def prepare(self) -> None:
        """Makes the stacks; the times don't count."""
        self._ours.prepare()
        self.scale(1)
        self._ours.stack("bench")
        for name in ("chart", "release", "empty"):
            shutil.copytree(PROGRAMS / name, self._folder / name)
            project = self._folder / name / "Pulumi.yaml"
            held = yaml.safe_load(project.read_text(encoding="utf-8"))
            held["runtime"]["options"]["virtualenv"] = sys.prefix
            project.write_text(yaml.safe_dump(held), encoding="utf-8")
            self._run(name, "stack", "init", "bench")
        with self.cluster.client() as api:
            metadata = V1ObjectMeta(name="bench-chart")
            CoreV1Api(api).create_namespace(V1Namespace(metadata=metadata))

    def scale(self, presences: int) -> None:
        """Asks every program for so many instances of presence, in a namespace for each."""
        inputs = {**INPUTS, "replicas": {"presence": presences}}
        chart = {"path": str(OWN_CHART)}
        config = {"config": {f"rocketchat:{camel(key)}": inputs[key] for key in inputs}}
        config["config"]["rocketchat:chart"] = chart
        stack = self._ours.checkout / "Pulumi.bench.yaml"
        stack.write_text(yaml.safe_dump(config), encoding="utf-8")
        self._ours.configure("bench")
        intent = resolve(inputs)
        for name in ("chart", "release"):
            given = {
                "release": intent.release,
                "namespace": f"bench-{name}",
                "chart": str(OWN_CHART),
                "values": helm_values(intent),
            }
            self._values(name).write_text(json.dumps(given), encoding="utf-8")

    def seconds(self, program: str, *arguments: str) -> float:
        """How long the engine takes for `arguments` in one program."""
        begun = time.perf_counter()
        self._run(program, *arguments)
        return time.perf_counter() - begun

    def _run(self, program: str, *arguments: str) -> None:
        ours = program == "ours"
        done = subprocess.run(
            [self._ours.tools()["pulumi"], *arguments, "--stack", "bench"]
            if arguments[0] != "stack"
            else [self._ours.tools()["pulumi"], *arguments],
            cwd=self._ours.project_folder if ours else self._folder / program,
            env={
                **os.environ,
                **self._ours.environment(),
                "BENCH_VALUES": str(self._values(program)),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{program}: pulumi {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")

    def _values(self, program: str) -> Path:
        return self._folder / f"{program}.json"

    def _checkout(self) -> Path:
        """A copy of the program, so that its own stacks' configs aren't touched."""
        checkout = self._folder / "checkout"
        shutil.copytree(CHECKOUT / "components", checkout / "components")
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(CHECKOUT / name, checkout)
        return checkout


def make(folder: Path, *arguments: str) -> float:
    """How long `make` takes in a copy of the checkout."""
    begun = time.perf_counter()
    subprocess.run(["make", "-s", "-C", folder, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begun


def copy_of_checkout(folder: Path) -> Path:
    """A copy of the checkout that uses this one's virtualenv."""
    left_out = shutil.ignore_patterns(".*", "tests", "__pycache__")
    shutil.copytree(CHECKOUT, folder, ignore=left_out)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def main() -> None:
    """Runs the bench and prints two tables."""
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run; default 5")
    rounds = parser.parse_args().rounds
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    room = CHECKOUT / ".simulation"
    room.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=room) as held:
        folder = Path(held)
        _print_seconds(folder)
        bench = Bench(folder / "bench")
        bench.cluster.up()
        try:
            bench.prepare()
            _print_ratios(bench, rounds)
        finally:
            bench.cluster.down()


def _print_seconds(folder: Path) -> None:
    table = Table("what", "seconds", title="Once, with the tools built")
    cluster = Cluster(folder / "once")
    begun = time.perf_counter()
    try:
        cluster.up()
        table.add_row("cluster ready from nothing", f"{time.perf_counter() - begun:.1f}")
    finally:
        cluster.down()
    checkout = copy_of_checkout(folder / "make")
    try:
        table.add_row("make up from nothing", f"{make(checkout, 'up'):.1f}")
        table.add_row("make up with nothing to do", f"{make(checkout, 'up'):.1f}")
    finally:
        make(checkout, "down")
    console.print(table)


def _print_ratios(bench: Bench, rounds: int) -> None:
    names = ("ours", "chart", "release", "empty")
    table = Table("what", *names, "ours : chart", title=f"Seconds, median of {rounds}")
    up = ("up", "--yes", "--skip-preview")
    _row(table, "first up", [{name: bench.seconds(name, *up) for name in names}])
    unchanged = [{name: bench.seconds(name, "preview") for name in names} for _ in range(rounds)]
    _row(table, "preview, nothing changed", unchanged)
    scaled = []
    for presences in range(2, rounds + 2):
        bench.scale(presences)
        scaled.append({name: bench.seconds(name, *up) for name in names})
    _row(table, "up, one service scaled", scaled)
    console.print(table)


def _row(table: Table, what: str, rounds: list[dict[str, float]]) -> None:
    medians = [f"{statistics.median(each[name] for each in rounds):.1f}" for name in rounds[0]]
    ratios = sorted(each["ours"] / each["chart"] for each in rounds)
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    table.add_row(what, *medians, spread)


if __name__ == "__main__":
    main()
