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
from tools.adopt.errors import AdoptError
from tools.output import errors_of, write

_RENDERING = Path(__file__).parent / "rendering"
_MARK = "4dabf18193072939515e22adb298388d"
"""The key by which the engine's state marks what isn't a plain value."""
_OURS = "rocketchat:index:RocketChat$"


class Project:
    """The stack `stack` of the project in `folder`."""

    def __init__(
        self,
        stack: str,
        folder: Path,
        program: Path,
        environment: Mapping[str, str] | None = None,
        context: str | None = None,
    ) -> None:
        self.stack = stack
        self._context = context
        self.file = folder / f"Pulumi.{stack}.yaml"
        self._folder = folder
        self._program = program
        self._environment = {**os.environ, **(environment or {})}
        self._described = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
        self.name = str(self._described["name"])

    def config(self) -> dict[str, Any]:
        """The stack's own config, by key; secrets as they are encrypted. Empty without a file."""
        begin, config = f"{self.name}:", self._held()
        return {key.removeprefix(begin): config[key] for key in config if key.startswith(begin)}

    def check_cluster(self) -> None:
        """Raises `AdoptError` where the stack's updates would go to another cluster than this."""
        held = self._held()
        if "kubernetes:kubeconfig" in held:
            raise AdoptError(
                f"{self.file.name} has a kubernetes:kubeconfig, which this doesn't read. Name the"
                " cluster by a context: `pulumi config set kubernetes:context`, and --context.",
            )
        came = held.get("kubernetes:context")
        if held and came != self._context:
            raise AdoptError(
                f"{self.file.name} is about {_cluster(came)}, and this about"
                f" {_cluster(self._context)}. Give --context, or change kubernetes:context there.",
            )

    def select(self) -> None:
        """Makes the stack where it isn't there."""
        self._run("stack", "select", "--create", self.stack)

    def write(self, config: Mapping[str, Any], comment: str) -> None:
        """Writes the config file anew; what Pulumi keeps there beside the config stays."""
        held = self._whole()
        before = held.pop("config", None) or {}
        secrets = {key: value for key, value in before.items() if _encrypted(value)}
        written = {f"{self.name}:{key}": config[key] for key in config}
        cluster = {"kubernetes:context": self._context} if self._context else {}
        body = {**held, "config": {**cluster, **written, **secrets}}
        self._replace(body, f"# {comment}")

    def _held(self) -> dict[str, Any]:
        """All config that the file has, whatever it is about."""
        return dict(self._whole().get("config") or {})

    def _whole(self) -> dict[str, Any]:
        """The config file; empty without one."""
        try:
            return dict(yaml.safe_load(self.file.read_text(encoding="utf-8")) or {})
        except FileNotFoundError:
            return {}

    def _replace(self, body: Mapping[str, Any], comment: str) -> None:
        text = yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True)
        write(self.file, f"{comment}\n{text}")

    def add(self, key: str, value: object) -> None:
        """Adds one key to the config file, after what is there."""
        text = self.file.read_text(encoding="utf-8")
        held = yaml.safe_load(text)
        held["config"][f"{self.name}:{key}"] = value
        self._replace(held, text.partition("\n")[0])

    def set_secret(self, key: str, text: str) -> None:
        """Encrypts one value; it goes by stdin, as everybody can read arguments."""
        self._run("config", "set", "--secret", key, "--stack", self.stack, stdin=text)

    def meant(self) -> list[KubernetesObject]:
        """The objects that the stack's config means, secrets in plain: not to be shown."""
        program = (self._folder / self._described.get("main", ".")).resolve()
        with TemporaryDirectory() as name, ThreadPoolExecutor(max_workers=1) as reader:
            folder = Path(name)
            runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
            described = {**self._described, "main": str(_RENDERING), "runtime": runtime}
            text = yaml.safe_dump(described, sort_keys=False)
            (folder / "Pulumi.yaml").write_text(text, encoding="utf-8")
            # What goes through a pipe is never on a disk.
            pipe = folder / "objects"
            os.mkfifo(pipe, 0o600)
            came = reader.submit(pipe.read_text, encoding="utf-8")
            try:
                self._run(
                    *("preview", "--json", "--stack", self.stack),
                    *("--config-file", str(self.file.resolve())),
                    folder=folder,
                    environment={
                        "PYTHONPATH": str(program),
                        "ROCKETCHAT_PROGRAM": str(program),
                        "ROCKETCHAT_OBJECTS": str(pipe),
                    },
                )
            finally:
                if not came.done():
                    _end(pipe)
            return [to_plain_json(one) for one in json.loads(came.result())]

    def up(self) -> None:
        """Deploys the stack, taking every field that it names, and shows what the engine shows.

        The force is this update's alone: what `pulumi.com/patchForce` says on an object, without
        an annotation that has to go again.
        """
        done = subprocess.run(
            [
                self._program,
                "up",
                "--yes",
                "--skip-preview",
                "--suppress-outputs",
                "--stack",
                self.stack,
            ],
            cwd=self._folder,
            env={**self._environment, "PULUMI_K8S_ENABLE_PATCH_FORCE": "true"},
            check=False,
        )
        if done.returncode:
            raise AdoptError("The update failed, as told above. Mend that and run this again.")

    def state(self) -> dict[str, Any]:
        """What the stack was last deployed as."""
        state: dict[str, Any] = json.loads(self._run("stack", "export", "--stack", self.stack))
        return state

    def objects(self) -> list[KubernetesObject]:
        """The objects in the stack's state, secrets in plain: not to be shown."""
        text = self._run("stack", "export", "--show-secrets", "--stack", self.stack)
        resources = json.loads(text).get("deployment", {}).get("resources") or []
        return [
            _opened(one["inputs"])
            for one in resources
            if _OURS in one["urn"] and "kind" in one.get("inputs", {})
        ]

    def forget(self) -> None:
        """Empties the state; what is on the cluster stays."""
        state = self.state()
        deployment = {**state["deployment"], "resources": [], "pending_operations": []}
        self._run(
            "stack",
            "import",
            "--stack",
            self.stack,
            stdin=json.dumps({**state, "deployment": deployment}),
        )

    def _run(
        self,
        *arguments: str,
        stdin: str | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        done = subprocess.run(
            [self._program, *arguments, "--non-interactive"],
            cwd=folder or self._folder,
            env={**self._environment, **(environment or {})},
            input=stdin or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = _diagnostics(done.stdout) or " ".join(errors_of(done.stderr))
            raise AdoptError(f"`pulumi {arguments[0]}` failed: {said or 'no reason given'}")
        return done.stdout


def _opened(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` with each secret in it as itself."""
    if isinstance(value, Mapping):
        if _MARK in value and "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _opened(held) for key, held in value.items()}
    return [_opened(held) for held in value] if isinstance(value, list) else value


def _end(pipe: Path) -> None:
    """Ends the wait for a writer that didn't come."""
    with suppress(OSError):
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))


def _cluster(context: str | None) -> str:
    return f"context {context}" if context else "the kubeconfig's current context"


def _encrypted(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _diagnostics(stdout: str) -> str:
    """What a failed preview says in its answer."""
    try:
        found = json.loads(stdout).get("diagnostics", [])
    except ValueError:
        return ""
    errors = [one["message"].strip() for one in found if one.get("severity") == "error"]
    return "\n".join(dict.fromkeys(errors))
