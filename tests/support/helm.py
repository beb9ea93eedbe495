"""A workspace that Helm has installed, in a namespace of its own on the simulated cluster."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from pulumi import automation

from tests.support.program import CHART, Program
from tests.support.waiting import wait_for
from tools.adopt.__main__ import main
from tools.toolchain import ensure


class HelmWorkspace:
    """The release `chat` in the namespace of a program."""

    def __init__(self, program: Program, helm: Path | None = None) -> None:
        self.program = program
        self.namespace = program.namespace
        self._helm = str(helm or ensure(["helm"])["helm"])

    def fails(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        """Runs a helm command that has to fail, and returns what it says."""
        command = self._run(*arguments, values=values)
        assert command.returncode != 0
        return command.stderr

    def helm(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        """Runs helm and returns its output."""
        command = self._run(*arguments, values=values)
        assert command.returncode == 0, command.stderr
        return command.stdout

    def _run(
        self, *arguments: str, values: Mapping[str, Any] | None
    ) -> subprocess.CompletedProcess[str]:
        kubeconfig = str(self.program.cluster.kubeconfig)
        options = ["--namespace", self.namespace, "--kubeconfig", kubeconfig]
        if values is not None:
            options += ["--values", "-"]
        return subprocess.run(
            [self._helm, *arguments, *options],
            input=yaml.safe_dump(values and dict(values)),
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, values: Mapping[str, Any]) -> None:
        self.helm("install", "chat", CHART, "--create-namespace", values=values)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        wait_for(self._is_ready, "the pods don't get ready")

    def adopt(self, *arguments: str) -> int:
        """Runs `python -m tools.adopt` and returns its exit code."""
        target = ["--simulated", "--release", "chat", "--namespace", self.namespace]
        return main([*target, "--chart", CHART, "--yes", *arguments], self.program.simulation)

    def return_to_helm(self) -> int:
        return self.adopt("--return-to-helm")

    def up(self, **config: object) -> dict[str, int]:
        """Deploys the stack with `config` changed, and returns the numbers of changes."""
        file = self.program.simulation.project_folder / "Pulumi.chat.yaml"
        content = yaml.safe_load(file.read_text())
        content["config"] |= {f"rocketchat:{key}": value for key, value in config.items()}
        file.write_text(yaml.safe_dump(content))
        return self.program.deploy(self._stack).changes

    def config(self) -> dict[str, Any]:
        """The stack's config in the checkout."""
        file = self.program.checkout / "Pulumi.chat.yaml"
        config: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
        return {key.removeprefix("rocketchat:"): value for key, value in config.items()}

    def state(self) -> list[dict[str, Any]]:
        """The resources in the stack's state."""
        deployment = self._stack.export_stack().deployment
        return list((deployment or {}).get("resources", []))

    @property
    def _stack(self) -> automation.Stack:
        return self.program.stack("chat")

    def pods(self, *, without: str | None = None) -> dict[str, str]:
        """The pods' UIDs by name, without those whose names begin with `without`."""
        with self.program.cluster.client() as api:
            core: Any = client.CoreV1Api(api)
            pods = core.list_namespaced_pod(self.namespace).items
        return {
            pod.metadata.name: pod.metadata.uid
            for pod in pods
            if pod.metadata.deletion_timestamp is None
            and not (without and pod.metadata.name.startswith(without))
        }

    def managers(self) -> set[str]:
        """Who owns fields of the workloads, besides the control plane."""
        return {
            entry.manager.split("-")[0]
            for workload in self._workloads()
            for entry in workload.metadata.managed_fields
            if entry.subresource is None
        }

    def annotations(self) -> str:
        """All annotations of all workloads, as JSON."""
        return json.dumps([workload.metadata.annotations for workload in self._workloads()])

    def files_with(self, text: str) -> list[Path]:
        """The files of the checkout and the simulation that contain `text`."""
        return self.program.files_with(text)

    def _is_ready(self) -> bool:
        return all(
            workload.status.observed_generation == workload.metadata.generation
            # None of the old ones is left either.
            and (workload.status.replicas or 0) == workload.spec.replicas
            and (workload.status.ready_replicas or 0) == workload.spec.replicas
            and (workload.status.updated_replicas or 0) == workload.spec.replicas
            for workload in self._workloads()
        )

    def _workloads(self) -> list[Any]:
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            return [
                *apps.list_namespaced_deployment(self.namespace).items,
                *apps.list_namespaced_stateful_set(self.namespace).items,
            ]
