"""A Pulumi project and one stack of it: its config file, and the engine's commands."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from components.kube.objects import KubernetesObject, to_plain_json
from tools.adopt.stack_file import StackFile
from tools.engine import run_pulumi
from tools.errors import ToolError

_RENDERING = Path(__file__).parent / "rendering"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks secrets and other special values in Pulumi's state and protocol."""
_COMPONENT_TYPE = "rocketchat:index:RocketChat$"


class Project:
    """The stack `stack` of the Pulumi project in `folder`.

    Args:
        stack: The stack's name.
        folder: The folder with Pulumi.yaml.
        program: The path of `pulumi`.
        environment: Variables for `pulumi`, on top of this process's.
        context: The kubeconfig context of the cluster; None for the current one.
    """

    def __init__(
        self,
        stack: str,
        folder: Path,
        program: Path,
        environment: Mapping[str, str] | None = None,
        context: str | None = None,
    ) -> None:
        self.stack = stack
        self._folder = folder
        self._program = program
        self._environment = environment or {}
        self._context = context
        self._definition = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
        self.file = StackFile(folder / f"Pulumi.{stack}.yaml", str(self._definition["name"]))

    def check_cluster(self) -> None:
        """Raises `ToolError` if the stack's updates would go to another cluster."""
        self.file.check_context(self._context)

    def write_config(self, config: Mapping[str, Any], comment: str) -> None:
        """Writes the stack's config anew; secrets stay."""
        self.file.write(config, self._context, comment)

    def set_secret(self, path: str, text: str) -> None:
        """Encrypts one config value, which may be inside an object."""
        top, *below = path.split(".")
        key = top + "".join(f'["{name}"]' for name in below)
        options = ("--path",) if below else ()
        # By stdin, as every process can read the arguments of another.
        self._run("config", "set", "--secret", *options, key, "--stack", self.stack, stdin=text)

    def select(self) -> None:
        """Selects the stack, and creates it if need be."""
        self._run("stack", "select", "--create", self.stack)

    def render(self) -> list[KubernetesObject]:
        """Returns the objects that the stack's config describes, with secrets in plain text."""
        program = (self._folder / self._definition.get("main", ".")).resolve()
        with TemporaryDirectory() as name, ThreadPoolExecutor(max_workers=1) as reader:
            folder = Path(name)
            runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
            definition = {**self._definition, "main": str(_RENDERING), "runtime": runtime}
            text = yaml.safe_dump(definition, sort_keys=False)
            (folder / "Pulumi.yaml").write_text(text, encoding="utf-8")
            # What goes through a pipe is never on a disk.
            pipe = folder / "objects"
            os.mkfifo(pipe, 0o600)
            objects = reader.submit(pipe.read_text, encoding="utf-8")
            try:
                self._run(
                    *("preview", "--json", "--stack", self.stack),
                    *("--config-file", str(self.file.path.resolve())),
                    folder=folder,
                    environment={
                        "PYTHONPATH": str(program),
                        "ROCKETCHAT_PROGRAM": str(program),
                        "ROCKETCHAT_OBJECTS": str(pipe),
                    },
                )
            finally:
                if not objects.done():
                    _close_reader(pipe)
            return [to_plain_json(obj) for obj in json.loads(objects.result())]

    def up(self) -> None:
        """Deploys the stack, shows the engine's output, and takes over every field it declares.

        Raises:
            ToolError: If the update fails.
        """
        options = ("--yes", "--skip-preview", "--suppress-outputs")
        update = subprocess.run(
            [self._program, "up", *options, "--stack", self.stack],
            cwd=self._folder,
            # The program refuses to take over what Helm has installed unless this says so.
            env={**os.environ, **self._environment, "PULUMI_K8S_ENABLE_PATCH_FORCE": "true"},
            check=False,
        )
        if update.returncode:
            raise ToolError("The update failed, as shown above. Fix that and run this again.")

    def deployed_objects(self) -> list[KubernetesObject]:
        """Returns the objects in the stack's state, with secrets in plain text."""
        text = self._run("stack", "export", "--show-secrets", "--stack", self.stack)
        resources = json.loads(text).get("deployment", {}).get("resources") or []
        return [
            _with_plain_secrets(resource["inputs"])
            for resource in resources
            if _COMPONENT_TYPE in resource["urn"] and "kind" in resource.get("inputs", {})
        ]

    def clear_state(self) -> None:
        """Removes all resources from the stack's state; they stay on the cluster."""
        state = json.loads(self._run("stack", "export", "--stack", self.stack))
        state["deployment"] |= {"resources": [], "pending_operations": []}
        self._run("stack", "import", "--stack", self.stack, stdin=json.dumps(state))

    def _run(
        self,
        *arguments: str,
        stdin: str = "",
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Runs `pulumi` and returns its output."""
        return run_pulumi(
            self._program,
            *arguments,
            folder=folder or self._folder,
            environment={**self._environment, **(environment or {})},
            stdin=stdin,
        )


def _with_plain_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a value of the state with every secret in it replaced by its plain text."""
    if isinstance(value, Mapping):
        if _SIGNATURE in value and "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _with_plain_secrets(field) for key, field in value.items()}
    return [_with_plain_secrets(item) for item in value] if isinstance(value, list) else value


def _close_reader(pipe: Path) -> None:
    """Ends the reading of a pipe that nobody has written to."""
    with suppress(OSError):
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
