"""A stack as Pulumi keeps it: its last deployed state, and the cluster that it is on."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.output import errors_of
from tools.simulation.workspace import CHECKOUT
from tools.status.api import Api, connect
from tools.toolchain import ensure


class Stack:
    """The stack `name` of the project in `folder`, in the Pulumi backend of `environment`."""

    def __init__(
        self,
        name: str,
        folder: Path = CHECKOUT,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._folder = folder
        self._environment = {**os.environ, **(environment or {})}
        self._program = ensure(["pulumi"])["pulumi"]

    def state(self) -> dict[str, Any]:
        """The state as it was last deployed; secrets in it stay encrypted."""
        state: dict[str, Any] = json.loads(self._pulumi("stack", "export"))
        return state

    def cluster(self, context: str | None = None) -> Api:
        """The cluster that the stack's config leads to, as the Kubernetes provider finds it."""
        config = json.loads(self._pulumi("config", "--json"))
        kubeconfig = None
        if "kubernetes:kubeconfig" in config:
            kubeconfig = self._pulumi("config", "get", "kubernetes:kubeconfig").strip()
        if context is None and "kubernetes:context" in config:
            context = config["kubernetes:context"].get("value")
        return connect(context, kubeconfig)

    def _pulumi(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments, "--stack", self.name, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = next(iter(errors_of(done.stderr)), "no reason given")
            raise ToolError(f"Pulumi can't read stack {self.name}: {said}")
        return done.stdout
