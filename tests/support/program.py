"""The program with a stack of its own, on the real engine and the simulated cluster."""

import json
import os
import shutil
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from pulumi import automation

from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT, OWN_CHART, Workspace

CHART = os.environ.get("ROCKETCHAT_TEST_CHART", str(OWN_CHART))
"""The chart that the tests run with: our own, or a package of the official one."""


class Program:
    """A copy of the program with one stack, `test`, in a namespace of its own."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        checkout = folder / "checkout"
        shutil.copytree(CHECKOUT / "components", checkout / "components")
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(CHECKOUT / name, checkout)
        self.checkout = checkout
        self.namespace = f"chat-{uuid.uuid4().hex[:8]}"
        self.workspace = Workspace(checkout, folder / "simulation", cluster)
        self.workspace.prepare()
        self.cluster = cluster
        self.secrets: dict[str, str] = {}

    def configure(self, **config: object) -> None:
        """Makes the config what any workspace needs and `config`, with `secrets` encrypted."""
        held = {
            "host": "chat.example.com",
            "namespace": self.namespace,
            "chart": {"path": CHART},
            **({} if "mongodbUrl" in self.secrets else {"mongodbSecret": "chat-mongodb"}),
            **config,
        }
        text = yaml.safe_dump({"config": {f"rocketchat:{key}": held[key] for key in held}})
        (self.checkout / "Pulumi.test.yaml").write_text(text, encoding="utf-8")
        self.workspace.configure("test")
        if self.secrets:
            self.stack().set_all_config(
                {
                    key: automation.ConfigValue(self.secrets[key], secret=True)
                    for key in self.secrets
                },
            )

    def stack(self) -> automation.Stack:
        return self.workspace.stack("test")

    def up(self, **config: object) -> automation.UpResult:
        self.configure(**config)
        return self.stack().up()

    def preview(self, **config: object) -> dict[str, Any]:
        """What `pulumi preview --json` says."""
        self.configure(**config)
        self.stack()
        done = self.run("preview", "--json", "--stack", "test")
        assert done.returncode == 0, done.stdout
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def fails(self, **config: object) -> str:
        """What a preview says that has to fail."""
        self.configure(**config)
        self.stack()
        done = self.run("preview", "--stack", "test", "--color", "never")
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the engine in the simulated project."""
        return subprocess.run(
            [self.workspace.tools()["pulumi"], *arguments],
            cwd=self.workspace.project_folder,
            env={**os.environ, **self.workspace.environment()},
            capture_output=True,
            text=True,
            check=False,
        )

    def pods(self) -> Counter[str]:
        """Running and ready pods in the namespace, by the workload that they are of."""
        with self.cluster.client() as api:
            core: Any = client.CoreV1Api(api)
            pods = core.list_namespaced_pod(self.namespace).items
        return Counter(
            pod.metadata.owner_references[0].name.removeprefix("chat-").rsplit("-", 1)[0]
            if pod.metadata.owner_references[0].kind == "ReplicaSet"
            else pod.metadata.owner_references[0].name.removeprefix("chat-")
            for pod in pods
            if pod.metadata.deletion_timestamp is None
            and any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])
        )

    def deployment(self, name: str) -> Any:  # noqa: ANN401 - as the server has it
        with self.cluster.client() as api:
            return client.AppsV1Api(api).read_namespaced_deployment(name, self.namespace)

    def environment_of(self, name: str, container: str | None = None) -> dict[str, Any]:
        """The environment variables of a Deployment's first container, or of `container`."""
        for held in self.deployment(name).spec.template.spec.containers:
            if container in (None, held.name):
                return {each.name: each.value or each.value_from for each in held.env}
        raise AssertionError(f"{name} has no container {container}")


def wait_for(there: Callable[[], bool], why: str = "it never came true") -> None:
    """Waits a minute at the most; `why` is what is wrong then."""
    ends = time.monotonic() + 60
    while not there():
        assert time.monotonic() < ends, why
        time.sleep(0.2)
