"""A simulated cluster for measurements, with the programs that run on it."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import yaml

from components.kube.paths import collection_path
from components.naming import camel
from tools.bench.measure import Measurement, measure
from tools.checkout import CHECKOUT
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import SIMULATION_CHART, Simulation
from tools.toolchain import ensure

PROGRAMS = Path(__file__).parent / "programs"
OURS = "ours"
"""The program of this checkout."""
HELM = "helm"
"""Helm itself, in place of a Pulumi program."""
STACK = "bench"


class Sandbox:
    """A cluster, and a stack for each program; on exit the cluster is removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cluster = Cluster(folder / "cluster")
        self._ours = Simulation(self._copy_program(), folder / "simulation", self.cluster)
        self._helm = str(ensure([HELM])[HELM])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cluster.down()

    def prepare(self, *programs: str) -> None:
        """Starts the cluster and creates a stack for each program. That isn't measured."""
        self.cluster.up()
        self._ours.prepare()
        for program in programs:
            if program == OURS:
                self.configure({})
                self._ours.select(STACK)
            else:
                folder = self._folder / program
                shutil.copytree(PROGRAMS / program, folder)
                file = folder / "Pulumi.yaml"
                project = yaml.safe_load(file.read_text(encoding="utf-8"))
                project["runtime"]["options"]["virtualenv"] = sys.prefix
                file.write_text(yaml.safe_dump(project), encoding="utf-8")
                self.run(program, "stack", "init", STACK)

    def configure(self, inputs: Mapping[str, Any]) -> None:
        """Sets the config of this checkout's program to `inputs`."""
        config = {f"rocketchat:{camel(key)}": inputs[key] for key in inputs}
        config["rocketchat:chart"] = {"path": str(SIMULATION_CHART)}
        stack = self._ours.checkout / f"Pulumi.{STACK}.yaml"
        stack.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
        self._ours.configure(STACK)

    def parameters_file(self, program: str) -> Path:
        """Returns the path of the JSON file that a program reads; for Helm it has the values."""
        return self._folder / f"{program}.json"

    def write_parameters(self, program: str, parameters: Mapping[str, Any]) -> None:
        """Writes the file that a program reads."""
        self.parameters_file(program).write_text(json.dumps(parameters), encoding="utf-8")

    def create_namespace(self, name: str) -> None:
        """Creates a namespace for a program that doesn't create its own."""
        with self.cluster.api() as api:
            api.send("POST", collection_path("v1", "Namespace"), {"metadata": {"name": name}})

    def run(
        self,
        program: str,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
    ) -> Measurement:
        """Runs the engine on a program, or Helm, with `arguments`.

        Raises:
            ToolError: If it fails.
        """
        if program == HELM:
            command = [self._helm, *arguments, "--kubeconfig", str(self.cluster.kubeconfig)]
        else:
            stack = () if arguments[0] == "stack" else ("--stack", STACK)
            command = [str(self._ours.tools()["pulumi"]), *arguments, *stack]
        environment = {
            **os.environ,
            **self._ours.environment(),
            "BENCH_PARAMETERS": str(self.parameters_file(program)),
            "PYTHONPATH": str(self._ours.checkout),
            **(variables or {}),
        }
        in_project = program in (OURS, HELM)
        folder = self._ours.project_folder if in_project else self._folder / program
        return measure(command, folder, environment)

    def has_helm_diff(self) -> bool:
        """Returns whether Helm has the plugin that previews an upgrade."""
        return "\ndiff" in self.run(HELM, "plugin", "list").output

    def _copy_program(self) -> Path:
        """Copies the program, so that its stacks' configs can be written."""
        checkout = self._folder / "checkout"
        shutil.copytree(CHECKOUT / "components", checkout / "components")
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(CHECKOUT / name, checkout)
        return checkout


def copy_checkout(folder: Path) -> Path:
    """Copies the checkout to `folder`, with a link to its virtualenv, and returns `folder`."""
    excluded = shutil.ignore_patterns(".*", "tests", "__pycache__")
    shutil.copytree(CHECKOUT, folder, ignore=excluded)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder
