"""A stack's config file, `Pulumi.<stack>.yaml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.files import write_atomically
from tools.errors import ToolError


class StackFile:
    """The config file of one stack of the project called `project`."""

    def __init__(self, path: Path, project: str) -> None:
        self.path = path
        self._prefix = f"{project}:"

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def config(self) -> dict[str, Any]:
        """Returns the project's config, secrets encrypted; empty if there is no file."""
        return {
            key.removeprefix(self._prefix): value
            for key, value in self._all_config().items()
            if key.startswith(self._prefix)
        }

    def check_context(self, context: str | None) -> None:
        """Checks that the stack's updates go to the cluster of this kubeconfig context.

        Raises:
            ToolError: If they go to another cluster, or that can't be known.
        """
        config = self._all_config()
        if "kubernetes:kubeconfig" in config:
            raise ToolError(
                f"{self.name} has a kubernetes:kubeconfig, which this command doesn't read. Name"
                " the cluster by a context: `pulumi config set kubernetes:context`, and --context.",
            )
        configured = config.get("kubernetes:context")
        if config and configured != context:
            raise ToolError(
                f"{self.name} is about {_describe(configured)}, and this command about"
                f" {_describe(context)}. Give --context, or change kubernetes:context there.",
            )

    def write(self, config: Mapping[str, Any], context: str | None, comment: str) -> None:
        """Writes the project's config anew.

        Secrets stay, and so does what Pulumi keeps in the file besides the config.

        Args:
            config: The project's config, without secrets.
            context: The kubeconfig context of the stack's cluster; None for the current one.
            comment: The first line of the file.
        """
        content = self._read()
        secrets = {
            key: value
            for key, value in (content.pop("config", None) or {}).items()
            if isinstance(value, Mapping) and set(value) == {"secure"}
        }
        cluster = {"kubernetes:context": context} if context else {}
        inputs = {f"{self._prefix}{key}": value for key, value in config.items()}
        self._write({**content, "config": {**cluster, **inputs, **secrets}}, f"# {comment}")

    def add(self, key: str, value: object) -> None:
        """Adds one key to the project's config; the file has to exist."""
        content = self._read()
        content["config"][f"{self._prefix}{key}"] = value
        first_line, _, _ = self.path.read_text(encoding="utf-8").partition("\n")
        self._write(content, first_line)

    def _all_config(self) -> dict[str, Any]:
        return dict(self._read().get("config") or {})

    def _read(self) -> dict[str, Any]:
        try:
            return dict(yaml.safe_load(self.path.read_text(encoding="utf-8")) or {})
        except FileNotFoundError:
            return {}

    def _write(self, content: Mapping[str, Any], first_line: str) -> None:
        text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)
        write_atomically(self.path, f"{first_line}\n{text}".encode())


def _describe(context: str | None) -> str:
    return f"context {context}" if context else "the kubeconfig's current context"
