"""One stack: the base on the simulated cluster, and the working tree previewed on it.

Each stack has a folder of its own, so that they run side by side; the cluster is one for all.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import yaml
from kubernetes.client import CoreV1Api

from tools import output
from tools.diff.revision import Revision
from tools.report import Basis, Kind, Preview, Report, failed, understand
from tools.report.pulumi_cli import run
from tools.simulation.cluster import Cluster
from tools.simulation.config import KeyPath, config_path, simulated_config
from tools.simulation.workspace import OWN_CHART, Workspace

_RAN = "base.json"
"""Says which base the stack's state is of."""
_ERROR = re.compile(r"^\s*error: (.*(?:\n(?!\s*(?:error:|$)).*)*)", re.MULTILINE)
SIMULATION_CHART = "Rendered with the simulation chart, as the official one can't be reached."
SECRETS = "No value of a secret is known here: one that was encrypted anew counts as rotated."


@dataclass
class Comparison:
    """The working tree against one base."""

    checkout: Path
    base: Revision
    laid: Path
    """Where the files of the base are."""
    folder: Path
    cluster: Cluster
    chart: str | None = None
    """A chart for both, in place of those that the stacks name."""
    _charts: dict[str, str | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def report(self, name: str) -> Report:
        """What the working tree changes in the stack `name`."""
        folder = self.folder / "stacks" / name
        new = Workspace(self.checkout, folder, self.cluster)
        with new.lock():
            new.unlock()
            chart = self._chart_for(new, name)
            preview = self._bring_up(name, folder) or self._preview(new, name, chart)
        remarks = []
        if chart == str(OWN_CHART) and self.chart is None:
            remarks.append(SIMULATION_CHART)
        if _secrets(_config(self.checkout, name)):
            remarks.append(SECRETS)
        basis = Basis(Kind.SIMULATED, self.base.name, self.base.short, tuple(remarks))
        return understand(preview, basis)

    def _bring_up(self, name: str, folder: Path) -> Preview | None:
        """Has the base run; a failed preview, where it can't."""
        old = Workspace(self.laid, folder, self.cluster)
        old.prepare()
        ran = folder / _RAN
        if not (self.laid / f"Pulumi.{name}.yaml").exists():
            # A stack that the base doesn't have begins with nothing.
            _forget(old, name)
            ran.unlink(missing_ok=True)
            return None
        chart = self._chart_for(old, name)
        wanted = self._identity(chart)
        if ran.exists() and ran.read_text(encoding="utf-8") == wanted:
            return None
        _say(f"{name}: {self.base.name} ({self.base.short}) goes up on the simulated cluster")
        same_cluster = ran.exists() and json.loads(ran.read_text())["cluster"] == self._cluster_id()
        ran.unlink(missing_ok=True)
        if not same_cluster:
            shutil.rmtree(folder / "backend", ignore_errors=True)
            old.prepare()
        done = self._up(old, name, chart)
        if done.returncode and same_cluster:
            # What another base left may be what this one can't be made of.
            _forget(old, name)
            done = self._up(old, name, chart)
        if done.returncode:
            told = f"{done.stdout}\n{done.stderr}"
            why = "\n".join(sorted({one.strip() for one in _ERROR.findall(told)})) or told
            return failed(
                name,
                f"The base, {self.base.name} ({self.base.short}), doesn't come up on the simulated"
                f" cluster, and so there is nothing to compare with:\n{why}",
            )
        output.write(ran, wanted)
        return None

    def _up(
        self,
        workspace: Workspace,
        name: str,
        chart: str | None,
    ) -> subprocess.CompletedProcess[str]:
        _make(workspace, name)
        workspace.configure(name, chart)
        options = ("--yes", "--skip-preview", "--suppress-outputs", "--color", "never")
        return pulumi(workspace, "up", *options, "--stack", name)

    def _preview(self, workspace: Workspace, name: str, chart: str | None) -> Preview:
        workspace.prepare()
        _make(workspace, name)
        workspace.configure(name, chart)
        self._rotate(workspace, name)
        options = ("--json", "--show-sames", "--non-interactive", "--stack", name)
        return run(
            [str(workspace.tools()["pulumi"]), "preview", *options],
            workspace.project_folder,
            name,
            # The base may have written under another name; nobody else writes here.
            {**os.environ, **workspace.environment(), "PULUMI_K8S_ENABLE_PATCH_FORCE": "true"},
        )

    def _rotate(self, workspace: Workspace, name: str) -> None:
        """Gives each secret another placeholder whose ciphertext is another than the base's."""
        before, after = _config(self.laid, name), _config(self.checkout, name)
        was = _secrets(before)
        changed = {keys for keys, text in _secrets(after).items() if was.get(keys, text) != text}
        _, placeholders = simulated_config(after, workspace.project, None)
        for keys in sorted(changed & placeholders.keys()):
            value = placeholders[keys].replace("simulated", "rotated")
            options = ("--path", "--secret", "--stack", name)
            pulumi(workspace, "config", "set", *options, config_path(keys), value)

    def _chart_for(self, workspace: Workspace, name: str) -> str | None:
        if self.chart is not None:
            return self.chart
        asked = json.dumps(
            _config(workspace.checkout, name).get(f"{workspace.project}:chart"),
            sort_keys=True,
            default=str,
        )
        with self._lock:  # asking the repository takes a while, and the answer is the same
            if asked not in self._charts:
                self._charts[asked] = workspace.chart_for(name)[0]
            return self._charts[asked]

    def _identity(self, chart: str | None) -> str:
        """What decides the state that the base leaves."""
        content = hashlib.sha256()
        path = Path(chart) if chart else None
        if path and path.exists():
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    content.update(file.as_posix().encode() + b"\0" + file.read_bytes())
        identity = {
            "cluster": self._cluster_id(),
            "commit": self.base.commit,
            "chart": content.hexdigest(),
        }
        return json.dumps(identity, sort_keys=True)

    def _cluster_id(self) -> str:
        with self.cluster.client() as api:
            namespace: Any = CoreV1Api(api).read_namespace("kube-system")
            return str(namespace.metadata.uid)


def pulumi(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the engine in a simulated project, quietly."""
    return subprocess.run(
        [str(workspace.tools()["pulumi"]), *arguments, "--non-interactive"],
        cwd=workspace.project_folder,
        env={**os.environ, **workspace.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _make(workspace: Workspace, name: str) -> None:
    """Makes a stack where there is none; asking the engine whether there is takes a second."""
    stacks = workspace.folder / "backend" / ".pulumi" / "stacks"
    if not any(stacks.rglob(f"{name}.json*")):
        pulumi(workspace, "stack", "select", "--create", name)


def _forget(workspace: Workspace, name: str) -> None:
    """Removes what a stack has on the cluster, and its state."""
    options = ("--yes", "--skip-preview", "--continue-on-error", "--stack", name)
    pulumi(workspace, "destroy", *options)
    shutil.rmtree(workspace.folder / "backend", ignore_errors=True)
    workspace.prepare()


def _config(checkout: Path, name: str) -> Mapping[str, Any]:
    """A stack's config; nothing where there is none, or none that the program could read."""
    try:
        held = yaml.safe_load((checkout / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return {}
    config = held.get("config") if isinstance(held, Mapping) else None
    return config if isinstance(config, Mapping) else {}


def _secrets(config: Mapping[str, Any]) -> dict[KeyPath, str]:
    """The ciphertext of each secret in a config."""
    return dict(_encrypted(config, ()))


def _encrypted(value: object, above: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if not isinstance(value, Mapping):
        return
    if set(value) == {"secure"}:
        yield above, str(value["secure"])
        return
    for key, held in value.items():
        yield from _encrypted(held, (*above, str(key)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
