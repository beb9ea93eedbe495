"""A stack of this checkout on its simulated cluster.

Everything lies in the folder `.simulation` of the checkout: the cluster, the Pulumi backend and
home, and a project that runs this checkout's program with simulated config. The person's own
kubeconfig, Pulumi backend, stacks, plugins and config files are neither read nor written.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
import yaml
from filelock import FileLock, Timeout
from pulumi import automation

from components.chart import package as charts
from components.chart.repository import UnreachableError
from components.inputs.spec import resolve_chart
from components.inputs.table import BY_PATH
from tools import output
from tools.errors import ToolError
from tools.simulation import checkpoint, interrupted
from tools.simulation.cluster import Cluster
from tools.simulation.config import config_path, keep_encrypted, simulated
from tools.toolchain import ensure

CHECKOUT = Path(__file__).resolve().parents[2]
PASSPHRASE = "simulation"  # noqa: S105 - it guards placeholders in a folder of the checkout
OWN_CHART = Path(__file__).parent / "chart"
PROVIDER_VERSION = version("pulumi-kubernetes")
ENGINE = ("pulumi", "pulumi-language-python", "pulumi-resource-kubernetes")
FOREIGN = ("PULUMI_", "KUBE")
"""Variables that begin so would lead to the person's own stacks or clusters."""


class Workspace:
    """The simulated cluster of a checkout, and the stacks on it."""

    def __init__(
        self,
        checkout: Path = CHECKOUT,
        folder: Path | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        self.checkout = checkout
        self.folder = folder or checkout / ".simulation"
        self.cluster = cluster or Cluster(self.folder / "cluster")
        self.project_folder = self.folder / "project"
        self._engine = self.folder / "engine"
        self._project: dict[str, Any] = yaml.safe_load(
            (checkout / "Pulumi.yaml").read_text(encoding="utf-8"),
        )
        self.project = str(self._project["name"])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held while a stack is changed; a second one says that it waits, and does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"Another command is at work in {self.folder}; waiting.", file=sys.stderr)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def stack_names(self) -> list[str]:
        """The stacks that this checkout has a config for."""
        return sorted(
            file.name.removeprefix("Pulumi.").removesuffix(".yaml")
            for file in self.checkout.glob("Pulumi.*.yaml")
        )

    def tools(self) -> dict[str, Path]:
        """The engine's programs, built if need be."""
        return ensure(ENGINE)

    def environment(self) -> dict[str, str]:
        """The variables that lead `pulumi`, `kubectl` and `helm` to the simulation."""
        tools = self.tools()
        folders = dict.fromkeys(str(tools[name].parent) for name in ENGINE[:2])
        return {
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "PULUMI_HOME": str(self.folder / "pulumi"),
            # By default a second file lies beside each state. It isn't replaced at once, and an
            # engine that is killed, or only reads, meanwhile finds it empty: no state is read then.
            "PULUMI_BACKEND_URL": f"{(self.folder / 'backend').as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # The program would ask a proxy for the engine that runs it.
            **dict.fromkeys(("NO_PROXY", "no_proxy"), _direct()),
            "PATH": os.pathsep.join([*folders, os.environ.get("PATH", "")]),
        }

    def shell_environment(self) -> dict[str, str]:
        """The same for a shell, where `pulumi` runs in the simulated project."""
        environment = self.environment()
        helm = ensure(["helm"])["helm"].parent
        path = [str(self.folder / "bin"), environment["PATH"], str(helm)]
        return {**environment, "PATH": os.pathsep.join(path)}

    def prepare(self) -> None:
        """Lays out home, backend, plugin and project; what is there stays."""
        tools = self.tools()
        (self.folder / "backend").mkdir(parents=True, exist_ok=True)
        plugin = self.folder / "pulumi" / "plugins" / f"resource-kubernetes-v{PROVIDER_VERSION}"
        _link(plugin / "pulumi-resource-kubernetes", tools["pulumi-resource-kubernetes"])
        _link(self._engine / "bin" / "pulumi", tools["pulumi"])
        _write_script(
            self.folder / "bin" / "pulumi",
            f"PYTHONPATH={shlex.quote(str(self.checkout))} exec"
            f' {shlex.quote(sys.executable)} -m tools.simulation.pulumi "$@"',
        )
        self.project_folder.mkdir(exist_ok=True)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        project = {**self._project, "main": str(self.checkout), "runtime": runtime}
        _write(self.project_folder / "Pulumi.yaml", project)

    def configure(self, name: str, chart: str | None = None) -> None:
        """Writes the simulated config of stack `name` from the checkout's as that is now.

        `chart` is the path of a chart in place of the one that the config names.
        """
        config, secrets = simulated(self._config(name), self.project, chart)
        target = self.project_folder / f"Pulumi.{name}.yaml"
        # Pulumi writes there too, and leaves it empty where the disk is full.
        held = target.read_text(encoding="utf-8") if target.exists() else ""
        written = yaml.safe_load(held) or {}
        # The salt goes with the stack's state, and stays, and so does what was encrypted with it.
        salt = {key: value for key, value in written.items() if key == "encryptionsalt"}
        kept = keep_encrypted(config, secrets, written.get("config") or {})
        _write(target, {**salt, "config": config})
        secrets = {keys: text for keys, text in secrets.items() if keys not in kept}
        if secrets:
            self.stack(name).set_all_config(
                {
                    config_path(keys): automation.ConfigValue(text, secret=True)
                    for keys, text in secrets.items()
                },
                path=True,
            )

    def stack(self, name: str) -> automation.Stack:
        """The stack `name` with the config last written for it, made if it isn't there."""
        return automation.create_or_select_stack(
            name,
            work_dir=str(self.project_folder),
            opts=automation.LocalWorkspaceOptions(
                env_vars=self.environment(),
                pulumi_command=automation.PulumiCommand(str(self._engine)),
            ),
        )

    def timeout_seconds(self, name: str) -> int:
        """How long an update of stack `name` waits for an object, as its config says."""
        return int(
            self._config(name).get(f"{self.project}:timeoutSeconds")
            or BY_PATH["timeout_seconds"].default
        )

    def unlock(self) -> None:
        """Removes the locks that ended engines have left, so that nobody has to.

        Raises `ToolError` where one is still at work, in a shell of `make env` perhaps.
        """
        interrupted.unlock(self.folder / "backend")

    def restore(self, name: str) -> None:
        """Puts the last whole state of stack `name` in the place of one in part, and says so."""
        if checkpoint.restore(self.folder / "backend", self.project, name):
            print(f"The state of {name} was written in part; the last whole one is in use.")

    def pulumi(self, *arguments: str) -> int:
        """Runs the engine in the simulated project, as its user sees it, and returns its status."""
        program = self._engine / "bin" / "pulumi"
        self.unlock()
        return subprocess.run(
            [program, *arguments],
            cwd=self.project_folder,
            env={**os.environ, **self.environment()},
            check=False,
        ).returncode

    def chart_for(self, name: str) -> tuple[str | None, str]:
        """The chart to run stack `name` with in place of the one it names, and that in words.

        The official chart is tried first. Where its repository can't be reached, our own small one
        stands in for it, here on the simulated cluster and nowhere else.
        """
        given = self._config(name).get(f"{self.project}:chart") or {}
        if not isinstance(given, Mapping) or given.get("path"):
            return None, "the one at the path in the stack's config"
        try:
            official = charts.load_chart(resolve_chart(given), self.checkout)
        except UnreachableError:
            return str(OWN_CHART), "the simulation chart, as the official one can't be reached"
        except (pulumi.RunError, TypeError):
            return None, "the one in the stack's config"  # the preview tells what is wrong with it
        return None, f"the official one, version {official.version}"

    def _config(self, name: str) -> Mapping[str, Any]:
        source = self.checkout / f"Pulumi.{name}.yaml"
        try:
            held = yaml.safe_load(source.read_text(encoding="utf-8")) or {}
        except FileNotFoundError:
            raise ToolError(
                f"There is no stack {name}, as there is no {source.name}. The stacks are"
                f" {', '.join(self.stack_names())}.",
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ToolError(f"{source.name} isn't YAML: {error}") from error
        config = held.get("config", {}) if isinstance(held, Mapping) else None
        if not isinstance(config, Mapping):
            raise ToolError(f"{source.name} has no map `config:` of keys and values.")
        return config


def _direct() -> str:
    """The hosts that no proxy is asked for: the person's, and this machine."""
    theirs = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    return ",".join(filter(None, (theirs, "127.0.0.1", "localhost")))


def _link(link: Path, target: Path) -> None:
    """Makes `link` lead to `target`, whatever it led to before."""
    if link.is_symlink() and link.resolve() == target.resolve():
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _write_script(path: Path, command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(0o755)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    output.write(path, yaml.safe_dump(dict(content), sort_keys=False))
