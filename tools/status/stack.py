"""A stack as Pulumi knows it: its last deployed state, and the cluster that it deploys to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.kube.api import Api, connect
from tools.checkout import CHECKOUT
from tools.engine import run_pulumi
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
        self._environment = environment
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
        stack = ("--stack", self.name)
        return run_pulumi(
            self._pulumi, *arguments, *stack, folder=self._folder, environment=self._environment
        )
