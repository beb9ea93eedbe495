"""A stack of this checkout on its simulated cluster.

Everything is in the folder `.simulation` of the checkout: the cluster, Pulumi's backend and home,
and a project that runs this checkout's program with a simulated config. A person's own kubeconfig,
Pulumi backend, stacks, plugins and config files are neither read nor written.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from components.fast_yaml import dump_yaml, load_yaml
from tools import output
from tools.checkout import CHECKOUT
from tools.engine import run_pulumi
from tools.errors import ToolError
from tools.simulation import backend, configured, interrupted
from tools.simulation.cluster import Cluster
from tools.simulation.config import config_path, keep_encrypted, simulated_config
from tools.simulation.definition import PROGRAMS
from tools.simulation.folders import Folders
from tools.toolchain import ensure

PASSPHRASE = "simulation"  # noqa: S105 - it guards placeholders in a folder of the checkout
SIMULATION_CHART = Path(__file__).parent / "chart"
PROVIDER_VERSION = version("pulumi-kubernetes")
ENGINE = ("pulumi", "pulumi-language-python", "pulumi-resource-kubernetes")
FOREIGN = ("PULUMI_", "KUBE")
"""Prefixes of variables that lead to a person's own stacks or clusters."""


def unset_foreign_variables() -> None:
    """Removes what leads to a person's own stacks or clusters from this process's environment."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]


class Simulation:
    """The simulated cluster of a checkout, and the stacks on it."""

    def __init__(
        self,
        checkout: Path = CHECKOUT,
        folder: Path | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        self.folders = Folders(checkout, folder)
        self.checkout = checkout
        self.folder = self.folders.simulation
        self.cluster = cluster or Cluster(self.folders.cluster)
        self.project_folder = self.folders.project
        self._project: dict[str, Any] = load_yaml(
            (checkout / "Pulumi.yaml").read_text(encoding="utf-8"),
        )
        self.project = str(self._project["name"])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps others from changing a stack; says so if it has to wait for another process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"Another command is running in {self.folder}; waiting.", file=sys.stderr)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def stack_names(self) -> list[str]:
        """Returns the stacks that have a config in this checkout."""
        files = self.folders.stack_configs()
        return [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files]

    def tools(self) -> dict[str, Path]:
        """Returns the paths of the engine's programs, and gets them if need be."""
        return self._tools

    @cached_property
    def _tools(self) -> dict[str, Path]:
        return ensure(ENGINE)

    def environment(self) -> dict[str, str]:
        """Returns the variables that point `pulumi`, `kubectl` and `helm` at the simulation."""
        tools = self.tools()
        folders = dict.fromkeys(str(tools[name].parent) for name in ENGINE[:2])
        return {
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "PULUMI_HOME": str(self.folders.home),
            # By default Go's file storage writes a second file beside each state, not atomically,
            # and an engine that finds it empty can't read the state.
            # https://pkg.go.dev/gocloud.dev/blob/fileblob#URLOpener
            "PULUMI_BACKEND_URL": f"{self.folders.backend.as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Otherwise the program would use a proxy to reach its own engine.
            **dict.fromkeys(("NO_PROXY", "no_proxy"), _no_proxy()),
            "PATH": os.pathsep.join([*folders, os.environ.get("PATH", "")]),
        }

    def shell_environment(self) -> dict[str, str]:
        """Returns the variables for a shell, whose `pulumi` runs in the simulated project."""
        environment = self.environment()
        helm = ensure(["helm"])["helm"].parent
        path = [str(self.folders.bin), environment["PATH"], str(helm)]
        return {**environment, "PATH": os.pathsep.join(path)}

    def prepare(self) -> None:
        """Creates Pulumi's home and backend, the plugin and the project, unless they exist."""
        # The cluster's programs, too: what is missing is downloaded or built at the same time.
        tools = ensure((*ENGINE, *PROGRAMS))
        self.folders.backend.mkdir(parents=True, exist_ok=True)
        _prevent_logs(self.folders.home)
        plugin = self.folders.home / "plugins" / f"resource-kubernetes-v{PROVIDER_VERSION}"
        _link(plugin / "pulumi-resource-kubernetes", tools["pulumi-resource-kubernetes"])
        _link(self.folders.pulumi, tools["pulumi"])
        _write_script(
            self.folders.bin / "pulumi",
            f"PYTHONPATH={shlex.quote(str(self.checkout))} exec"
            f' {shlex.quote(sys.executable)} -m tools.simulation.pulumi "$@"',
        )
        self.project_folder.mkdir(exist_ok=True)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        project = {**self._project, "main": str(self.checkout), "runtime": runtime}
        _write_if_changed(self.project_folder / "Pulumi.yaml", dump_yaml(project))

    def configure(self, name: str, chart: str | None = None) -> None:
        """Writes the simulated config of a stack from the checkout's current one.

        Args:
            name: The stack's name.
            chart: The path of a chart in place of the one in the config.

        Raises:
            ToolError: If the checkout has no such stack, or its config can't be read.
        """
        config, placeholders = simulated_config(self._config(name), self.project, chart)
        target = self.project_folder / f"Pulumi.{name}.yaml"
        # Pulumi writes this file, too, and leaves it empty if the disk is full.
        text = target.read_text(encoding="utf-8") if target.exists() else ""
        written = load_yaml(text) or {}
        # The salt belongs to the stack's state, and what was encrypted with it can stay.
        salt = {key: value for key, value in written.items() if key == "encryptionsalt"}
        encrypted = keep_encrypted(config, placeholders, written.get("config") or {})
        _write_if_changed(target, dump_yaml({**salt, "config": config}))
        missing = {
            config_path(path): placeholder
            for path, placeholder in placeholders.items()
            if path not in encrypted
        }
        if missing:
            if not self._exists(name):
                self._run("stack", "init", "--no-select", name)
            secrets = [
                word
                for key, placeholder in missing.items()
                for word in ("--secret", f"{key}={placeholder}")
            ]
            self._run("config", "set-all", "--path", *secrets, "--stack", name)

    def configure_all(self) -> None:
        """Writes the simulated configs of all stacks, with the charts to run them with.

        Raises:
            ToolError: If a stack's config can't be read.
        """
        for name in self.stack_names():
            chart, _ = self.chart_for(name)
            self.configure(name, chart)
        configured.record(self.folders)

    def select(self, name: str) -> None:
        """Selects a stack for commands that name none, and creates it if need be.

        Raises:
            ToolError: If Pulumi can't.
        """
        selected = backend.selected_stack(self.folders.home, self.project)
        if selected != name or not self._exists(name):
            self._run("stack", "select", "--create", name)

    def state(self, name: str) -> dict[str, Any]:
        """Returns the state of a stack's last deployment, as `pulumi stack export` prints it."""
        return backend.state(self.folders.backend, self.project, name)

    def clear_pending_creates(self, name: str) -> list[str]:
        """Removes interrupted creations from a stack's state and returns their URNs.

        The engine would keep them, and warn at each update. The next update applies these objects
        whether they exist or not, so nobody has to find out.
        """
        state = self.state(name)
        urns = interrupted.pending_creates(state)
        if urns:
            # The stack resource exists in the state only: nothing is read from the cluster.
            target = str(backend.stack_resource(state)["urn"])
            options = ("--clear-pending-creates", "--yes", "--skip-preview", "--stack", name)
            self._run("refresh", "--target", target, *options)
        return urns

    def last_changes(self, name: str) -> Mapping[str, int] | None:
        """Returns how many resources a stack's last update changed, by Pulumi's words for it.

        `same` is one of them. None if there was no update, or it can't be read.
        """
        return backend.last_changes(self.folders.backend, self.project, name)

    def timeout_seconds(self, name: str) -> int:
        """Returns how long an update of a stack waits for an object to get ready."""
        seconds = self._config(name).get(f"{self.project}:timeoutSeconds")
        if seconds:
            return int(seconds)
        # Imported only here, as in `chart_for`.
        from components.inputs.definitions import BY_PATH  # noqa: PLC0415

        return int(BY_PATH["timeout_seconds"].default)

    def unlock(self) -> None:
        """Removes the locks of engines that were killed.

        Raises:
            ToolError: If an engine is still running, perhaps in a shell of `make env`.
        """
        interrupted.remove_stale_locks(self.folders.backend)

    def restore(self, name: str) -> None:
        """Replaces a stack's state with the last complete one if it is truncated, and says so."""
        if backend.restore(self.folders.backend, self.project, name):
            print(f"The state of {name} was truncated; the last complete one is in use.")

    def pulumi(self, *arguments: str) -> int:
        """Runs the engine in the simulated project, shows its output, and returns its exit code."""
        self.unlock()
        return subprocess.run(
            [self.folders.pulumi, *arguments],
            cwd=self.project_folder,
            env={**os.environ, **self.environment()},
            check=False,
        ).returncode

    def chart_for(self, name: str) -> tuple[str | None, str]:
        """Returns the chart to run a stack with, and a description of it.

        If the official chart's repository can't be reached, the small chart of the simulation is
        used instead. That happens on the simulated cluster only.

        Returns:
            The path of a chart in place of the one in the stack's config, or None to keep that one;
            and the description.
        """
        config = self._config(name).get(f"{self.project}:chart") or {}
        if not isinstance(config, Mapping) or config.get("path"):
            return None, "the one at the path in the stack's config"
        # Imported only here, as a quarter of a second is much for some commands.
        import pulumi  # noqa: PLC0415

        from components.chart import package as charts  # noqa: PLC0415
        from components.chart.repository import UnreachableError  # noqa: PLC0415
        from components.inputs.resolve import resolve_chart  # noqa: PLC0415

        try:
            official = charts.load_chart(resolve_chart(config), self.checkout)
        except UnreachableError:
            return str(
                SIMULATION_CHART
            ), "the simulation chart, as the official one can't be reached"
        except (pulumi.RunError, TypeError):
            return None, "the one in the stack's config"  # the preview says what is wrong with it
        return None, f"the official one, version {official.version}"

    def _exists(self, name: str) -> bool:
        return backend.state_file(self.folders.backend, self.project, name).exists()

    def _run(self, *arguments: str) -> str:
        """Runs the engine in the simulated project and returns its stdout."""
        return run_pulumi(
            self.folders.pulumi,
            *arguments,
            folder=self.project_folder,
            environment=self.environment(),
        )

    def _config(self, name: str) -> Mapping[str, Any]:
        source = self.checkout / f"Pulumi.{name}.yaml"
        try:
            content = load_yaml(source.read_text(encoding="utf-8")) or {}
        except FileNotFoundError:
            raise ToolError(
                f"There is no stack {name}, as there is no {source.name}. The stacks are"
                f" {', '.join(self.stack_names())}.",
            ) from None
        except (yaml.YAMLError, ValueError) as error:
            raise ToolError(f"{source.name} isn't YAML: {error}") from error
        config = content.get("config", {}) if isinstance(content, Mapping) else None
        if not isinstance(config, Mapping):
            raise ToolError(f"{source.name}: `config` isn't an object of keys and values.")
        return config


def _no_proxy() -> str:
    """The hosts to reach without a proxy: those of the environment, and this machine."""
    hosts = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    return ",".join(filter(None, (hosts, "127.0.0.1", "localhost")))


def _prevent_logs(home: Path) -> None:
    """Keeps Pulumi from logging to disk, which is a fifth to a quarter of a command's time.

    Pulumi 3.259 writes an encrypted debug log of every command, and has no setting for that:
    https://github.com/pulumi/pulumi/pull/23731. Where it can't create the folder it goes on
    without. Remove this once there is a setting, as https://github.com/pulumi/pulumi/issues/22416
    has it.

    Args:
        home: Pulumi's home folder.
    """
    logs = home / "logs"
    if logs.is_dir():
        shutil.rmtree(logs)
    logs.parent.mkdir(parents=True, exist_ok=True)
    logs.touch()


def _link(link: Path, target: Path) -> None:
    """Makes `link` point to `target`, whatever it pointed to before."""
    if link.is_symlink() and link.resolve() == target.resolve():
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _write_script(path: Path, command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(0o755)


def _write_if_changed(path: Path, text: str) -> None:
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return
    output.write(path, text)
