"""A workspace that the real helm installed, in a namespace of its own."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from tests.support.program import CHART, Program
from tests.support.waiting import wait_for
from tools.adopt.__main__ import main
from tools.toolchain import ensure


class Workspace:
    """A release of helm's in a namespace of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.namespace = program.namespace
        self._helm = str(ensure(["helm"])["helm"])

    def helm(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        place = [
            "--namespace",
            self.namespace,
            "--kubeconfig",
            str(self.program.cluster.kubeconfig),
        ]
        done = subprocess.run(
            [self._helm, *arguments, *place, *(["--values", "-"] if values is not None else [])],
            input=yaml.safe_dump(values and dict(values)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, values: Mapping[str, Any]) -> None:
        self.helm("install", "chat", CHART, "--create-namespace", values=values)
        self.settle()

    def settle(self) -> None:
        """Waits until as many pods are ready as were asked for."""
        wait_for(self._settled, "the pods don't get ready")

    def adopt(self, *arguments: str) -> int:
        place = ["--simulated", "--release", "chat", "--namespace", self.namespace]
        return main([*place, "--chart", CHART, "--yes", *arguments], self.program.workspace)

    def hand_back(self) -> int:
        return self.adopt("--hand-back")

    def pods(self) -> dict[str, str]:
        """The pods' UIDs by name."""
        return self.pods_but(None)

    def pods_but(self, added: str | None) -> dict[str, str]:
        """The same less those whose names begin with `added`."""
        with self.program.cluster.client() as api:
            core: Any = client.CoreV1Api(api)
            found = core.list_namespaced_pod(self.namespace).items
        return {
            pod.metadata.name: pod.metadata.uid
            for pod in found
            if pod.metadata.deletion_timestamp is None
            and not (added and pod.metadata.name.startswith(added))
        }

    def files_with(self, text: str) -> list[Path]:
        """The files that a takeover has written and that hold `text`."""
        files = [
            file
            for folder in (self.program.checkout, self.program.workspace.folder)
            for file in folder.rglob("*")
            if file.is_file() and not file.is_symlink() and "cluster" not in file.parts
        ]
        assert files
        return [file for file in files if text.encode() in file.read_bytes()]

    def managers(self) -> set[str]:
        """Who owns fields of the workloads, less the control plane."""
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            found = [
                *apps.list_namespaced_deployment(self.namespace).items,
                *apps.list_namespaced_stateful_set(self.namespace).items,
            ]
        return {
            entry.manager.split("-")[0]
            for one in found
            for entry in one.metadata.managed_fields
            if entry.subresource is None
        }

    def annotations(self) -> str:
        """All annotations of all Deployments, as text."""
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            found = apps.list_namespaced_deployment(self.namespace).items
        return json.dumps([one.metadata.annotations for one in found])

    def up(self, **config: object) -> dict[str, int]:
        """`pulumi up` on what the takeover has written, with `config` changed; the changes."""
        file = self.program.workspace.project_folder / "Pulumi.chat.yaml"
        held = yaml.safe_load(file.read_text())
        held["config"] |= {f"rocketchat:{key}": config[key] for key in config}
        file.write_text(yaml.safe_dump(held))
        result = self.program.workspace.stack("chat").up()
        return {
            str(kind): number for kind, number in (result.summary.resource_changes or {}).items()
        }

    def state(self) -> list[dict[str, Any]]:
        """The resources in the stack's state."""
        deployment = self.program.workspace.stack("chat").export_stack().deployment
        return list((deployment or {}).get("resources", []))

    def config(self) -> dict[str, Any]:
        """The config that people keep."""
        file = self.program.checkout / "Pulumi.chat.yaml"
        held: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
        return {key.removeprefix("rocketchat:"): value for key, value in held.items()}

    def _settled(self) -> bool:
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            found = [
                *apps.list_namespaced_deployment(self.namespace).items,
                *apps.list_namespaced_stateful_set(self.namespace).items,
            ]
        return all(
            one.status.observed_generation == one.metadata.generation
            and (one.status.ready_replicas or 0) == one.spec.replicas
            and (one.status.updated_replicas or 0) == one.spec.replicas
            for one in found
        )
