"""A copy of the program with its own stack, on the real engine and the simulated cluster."""

import json
import logging
import os
import shutil
import subprocess
import uuid
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from pulumi import automation

from tools.checkout import CHECKOUT
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import SIMULATION_CHART, Simulation

CHART = os.environ.get("ROCKETCHAT_TEST_CHART", str(SIMULATION_CHART))
"""The chart that tests use: that of the simulation, or a package of the official one."""


class Deployed:
    """A stack after an `up`. What it says is read on demand, as that takes a second each time."""

    def __init__(self, stack: automation.Stack) -> None:
        self._stack = stack

    @property
    def outputs(self) -> dict[str, Any]:
        return {name: output.value for name, output in self._stack.outputs().items()}

    @property
    def changes(self) -> dict[str, int]:
        """The number of resources by what the last update has done to them."""
        (last,) = self._stack.history(page_size=1, show_secrets=False)
        return {
            str(operation): number for operation, number in (last.resource_changes or {}).items()
        }


class Program:
    """A copy of the program with one stack, `test`, in its own namespace."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        checkout = folder / "checkout"
        shutil.copytree(CHECKOUT / "components", checkout / "components")
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(CHECKOUT / name, checkout)
        self.checkout = checkout
        self.namespace = f"chat-{uuid.uuid4().hex[:8]}"
        self.simulation = Simulation(checkout, folder / "simulation", cluster)
        self.simulation.prepare()
        self.cluster = cluster
        self.secrets: dict[str, str] = {}
        self._stacks: dict[str, automation.Stack] = {}

    def configure(self, **config: object) -> None:
        """Sets the config to what every workspace needs, `config`, and the encrypted `secrets`."""
        inputs = {
            "host": "chat.example.com",
            "namespace": self.namespace,
            "chart": {"path": CHART},
            **({} if "mongodbUrl" in self.secrets else {"mongodbSecret": "chat-mongodb"}),
            **config,
        }
        text = yaml.safe_dump({"config": {f"rocketchat:{key}": inputs[key] for key in inputs}})
        (self.checkout / "Pulumi.test.yaml").write_text(text, encoding="utf-8")
        self.simulation.configure("test")
        if self.secrets:
            self.stack().set_all_config(
                {
                    key: automation.ConfigValue(value, secret=True)
                    for key, value in self.secrets.items()
                },
            )

    def stack(self, name: str = "test") -> automation.Stack:
        """Returns a stack of the simulated project, which is created if need be."""
        if name not in self._stacks:
            self._stacks[name] = automation.create_or_select_stack(
                name,
                work_dir=str(self.simulation.project_folder),
                opts=automation.LocalWorkspaceOptions(
                    env_vars=self.simulation.environment(),
                    pulumi_command=self._pulumi_command,
                ),
            )
        return self._stacks[name]

    def up(self, **config: object) -> Deployed:
        """Configures and deploys the stack."""
        self.configure(**config)
        return self.repeat_up()

    def repeat_up(self) -> Deployed:
        """Deploys the stack with the config that it has."""
        return self.deploy(self.stack())

    def deploy(self, stack: automation.Stack) -> Deployed:
        """Deploys a stack of this simulation."""
        done = self.run("up", "--yes", "--skip-preview", "--stack", stack.name)
        # For whoever reads why a test failed; stdout is what tests look at.
        logging.getLogger(__name__).warning(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
        return Deployed(stack)

    @cached_property
    def _pulumi_command(self) -> automation.PulumiCommand:
        """The engine's program, which is asked for its version only once."""
        return automation.PulumiCommand(str(self.simulation.folders.engine))

    def preview(self, **config: object) -> dict[str, Any]:
        """Returns what `pulumi preview --json` prints."""
        self.configure(**config)
        self.stack()
        done = self.run("preview", "--json", "--stack", "test")
        assert done.returncode == 0, done.stdout
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def fails(self, **config: object) -> str:
        """Returns the output of a preview that has to fail."""
        self.configure(**config)
        self.stack()
        done = self.run("preview", "--stack", "test", "--color", "never")
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the engine in the simulated project."""
        return subprocess.run(
            [self.simulation.tools()["pulumi"], *arguments],
            cwd=self.simulation.project_folder,
            env={**os.environ, **self.simulation.environment()},
            capture_output=True,
            text=True,
            check=False,
        )

    def files_with(self, text: str) -> list[Path]:
        """The files of the checkout and the simulation that contain `text`."""
        files = [
            file
            for folder in (self.checkout, self.simulation.folder)
            for file in folder.rglob("*")
            if file.is_file() and not file.is_symlink() and "cluster" not in file.parts
        ]
        assert files
        return [file for file in files if text.encode() in file.read_bytes()]

    def pods(self) -> Counter[str]:
        """Counts the ready pods in the namespace by workload, without the prefix of the release."""
        with self.cluster.client() as api:
            core: Any = client.CoreV1Api(api)
            pods = core.list_namespaced_pod(self.namespace).items
        return Counter(
            _workload_name(pod)
            for pod in pods
            if pod.metadata.deletion_timestamp is None
            and any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])
        )

    def deployment(self, name: str) -> Any:  # noqa: ANN401 - as the server has it
        with self.cluster.client() as api:
            return client.AppsV1Api(api).read_namespaced_deployment(name, self.namespace)

    def environment_of(self, name: str, container: str | None = None) -> dict[str, Any]:
        """Returns the variables of a Deployment's first container, or of the one named."""
        for item in self.deployment(name).spec.template.spec.containers:
            if container in (None, item.name):
                return {entry.name: entry.value or entry.value_from for entry in item.env}
        raise AssertionError(f"{name} has no container {container}")


def _workload_name(pod: Any) -> str:  # noqa: ANN401 - as the client returns it
    owner = pod.metadata.owner_references[0]
    name = str(owner.name).removeprefix("chat-")
    return name.rsplit("-", 1)[0] if owner.kind == "ReplicaSet" else name
