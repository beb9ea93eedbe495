"""A stack as Pulumi knows it: its last deployed state, and the cluster that it deploys to."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.checkout import CHECKOUT
from tools.errors import ToolError
from tools.output import engine_errors
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
        self._pulumi = ensure(["pulumi"])["pulumi"]

    def state(self) -> dict[str, Any]:
        """Returns the state of the last deployment; secrets in it stay encrypted."""
        state: dict[str, Any] = json.loads(self._run("stack", "export"))
        return state

    def cluster(self, context: str | None = None) -> Api:
        """Returns the API of the cluster that the Kubernetes provider would use.

        Args:
            context: A context in place of the one in the stack's config.

        Raises:
            ToolError: If Pulumi can't read the config.
            ApiError: If there is no such context.
        """
        config = json.loads(self._run("config", "--json"))
        kubeconfig = None
        if "kubernetes:kubeconfig" in config:
            kubeconfig = self._run("config", "get", "kubernetes:kubeconfig").strip()
        if context is None and "kubernetes:context" in config:
            context = config["kubernetes:context"].get("value")
        return connect(context, kubeconfig)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._pulumi, *arguments, "--stack", self.name, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = next(iter(engine_errors(done.stderr)), "no reason given")
            raise ToolError(f"Pulumi can't read stack {self.name}: {reason}")
        return done.stdout
