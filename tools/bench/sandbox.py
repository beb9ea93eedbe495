"""A simulated cluster of the bench's own, with the programs that run on it."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import yaml
from kubernetes.client import CoreV1Api, V1Namespace, V1ObjectMeta

from components.naming import camel
from tools.bench.measured import Measured, measured
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT, OWN_CHART, Workspace
from tools.toolchain import ensure

PROGRAMS = Path(__file__).parent / "programs"
OURS = "ours"
"""The program of this checkout."""
HELM = "helm"
"""No program, but helm itself."""
STACK = "bench"


class Room:
    """Where the programs run, each by its own stack; its cluster goes with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cluster = Cluster(folder / "cluster")
        self._ours = Workspace(self._checkout(), folder / "simulation", self.cluster)
        self._helm = str(ensure([HELM])[HELM])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cluster.down()

    def prepare(self, *names: str) -> None:
        """Makes the stacks of `names`; the times don't count."""
        self.cluster.up()
        self._ours.prepare()
        for name in names:
            if name == OURS:
                self.configure({})
                self._ours.stack(STACK)
            else:
                shutil.copytree(PROGRAMS / name, self._folder / name)
                project = self._folder / name / "Pulumi.yaml"
                held = yaml.safe_load(project.read_text(encoding="utf-8"))
                held["runtime"]["options"]["virtualenv"] = sys.prefix
                project.write_text(yaml.safe_dump(held), encoding="utf-8")
                self.run(name, "stack", "init", STACK)

    def configure(self, inputs: Mapping[str, Any]) -> None:
        """Makes `inputs` the config of our program's stack."""
        config = {f"rocketchat:{camel(key)}": inputs[key] for key in inputs}
        config["rocketchat:chart"] = {"path": str(OWN_CHART)}
        stack = self._ours.checkout / f"Pulumi.{STACK}.yaml"
        stack.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
        self._ours.configure(STACK)

    def give(self, name: str, values: Mapping[str, Any]) -> None:
        """Tells a program what it is about."""
        self.values(name).write_text(json.dumps(values), encoding="utf-8")

    def make_namespace(self, name: str) -> None:
        """Makes a namespace for a program that makes none."""
        with self.cluster.client() as api:
            CoreV1Api(api).create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name)))

    def run(
        self,
        name: str,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
    ) -> Measured:
        """Runs the engine, or helm, with `arguments`. Raises `ToolError`."""
        if name == HELM:
            command = [self._helm, *arguments, "--kubeconfig", str(self.cluster.kubeconfig)]
        else:
            stack = () if arguments[0] == "stack" else ("--stack", STACK)
            command = [str(self._ours.tools()["pulumi"]), *arguments, *stack]
        environment = {
            **os.environ,
            **self._ours.environment(),
            "BENCH_VALUES": str(self.values(name)),
            "PYTHONPATH": str(self._ours.checkout),
            **(variables or {}),
        }
        ours = name in (OURS, HELM)
        folder = self._ours.project_folder if ours else self._folder / name
        return measured(command, folder, environment)

    def values(self, name: str) -> Path:
        """The file that tells a program what it is about."""
        return self._folder / f"{name}.json"

    def has_helm_diff(self) -> bool:
        """Whether helm has the plugin that previews an upgrade."""
        return "\ndiff" in self.run(HELM, "plugin", "list").output

    def _checkout(self) -> Path:
        """A copy of the program, so that its own stacks' configs aren't touched."""
        checkout = self._folder / "checkout"
        shutil.copytree(CHECKOUT / "components", checkout / "components")
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(CHECKOUT / name, checkout)
        return checkout


def copy_of_checkout(folder: Path) -> Path:
    """A copy of the checkout that uses this one's virtualenv."""
    left_out = shutil.ignore_patterns(".*", "tests", "__pycache__")
    shutil.copytree(CHECKOUT, folder, ignore=left_out)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder
