"""Compares one stack: the base on the simulated cluster, and a preview of the working tree on it.

Each stack has a project and state of its own, so that several can be compared at once. They share
the cluster.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import yaml

from components.kube.paths import collection_path
from tools import output
from tools.diff.revision import Revision
from tools.report import Basis, BasisKind, Preview, Report, build_report, failed_preview
from tools.report.pulumi_cli import run_preview
from tools.simulation.cluster import Cluster
from tools.simulation.config import config_path, encrypted_values, simulated_config
from tools.simulation.simulation import SIMULATION_CHART, Simulation

_DEPLOYED_BASE = "base.json"
"""The file that says which base is deployed."""
_ERROR = re.compile(r"^\s*error: (.*(?:\n(?!\s*(?:error:|$)).*)*)", re.MULTILINE)
SIMULATION_CHART_REMARK = (
    "Rendered with the simulation chart, because the official one can't be reached."
)
SECRETS_REMARK = (
    "The values of secrets aren't known here: a secret that was encrypted again counts as rotated."
)


@dataclass
class Comparison:
    """The working tree compared with one base."""

    checkout: Path
    base: Revision
    base_checkout: Path
    """The folder with the files of the base."""
    folder: Path
    """The folder for the simulated stacks."""
    cluster: Cluster
    chart: str | None = None
    """A chart for both, instead of those that the stacks name."""
    _charts: dict[str, str | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def report(self, name: str) -> Report:
        """The report on what the working tree changes about the stack `name`."""
        folder = self.folder / "stacks" / name
        simulation = Simulation(self.checkout, folder, self.cluster)
        with simulation.lock():
            simulation.unlock()
            chart = self._chart_for(simulation, name)
            preview = self._deploy_base(name, folder) or self._preview(simulation, name, chart)
        remarks = []
        if chart == str(SIMULATION_CHART) and self.chart is None:
            remarks.append(SIMULATION_CHART_REMARK)
        if any(encrypted_values(_read_config(self.checkout, name))):
            remarks.append(SECRETS_REMARK)
        basis = Basis(BasisKind.SIMULATED, self.base.name, self.base.short_commit, tuple(remarks))
        return build_report(preview, basis)

    def _deploy_base(self, name: str, folder: Path) -> Preview | None:
        """Deploys the base if it isn't yet; returns a failed preview if that fails."""
        simulation = Simulation(self.base_checkout, folder, self.cluster)
        simulation.prepare()
        deployed = folder / _DEPLOYED_BASE
        if not (self.base_checkout / f"Pulumi.{name}.yaml").exists():
            # The base doesn't have this stack, so everything in it is new.
            _destroy(simulation, name)
            deployed.unlink(missing_ok=True)
            return None
        chart = self._chart_for(simulation, name)
        wanted = self._identity(chart)
        if deployed.exists() and deployed.read_text(encoding="utf-8") == wanted:
            return None
        print(
            f"{name}: deploying {self.base.name} ({self.base.short_commit}) to the simulated"
            " cluster",
            file=sys.stderr,
            flush=True,
        )
        same_cluster = (
            deployed.exists() and json.loads(deployed.read_text())["cluster"] == self._cluster_id()
        )
        deployed.unlink(missing_ok=True)
        if not same_cluster:
            shutil.rmtree(folder / "backend", ignore_errors=True)
            simulation.prepare()
        done = self._up(simulation, name, chart)
        if done.returncode and same_cluster:
            # There may be no update from the other base that is deployed; start from nothing.
            _destroy(simulation, name)
            done = self._up(simulation, name, chart)
        if done.returncode:
            messages = f"{done.stdout}\n{done.stderr}"
            errors = "\n".join(sorted({error.strip() for error in _ERROR.findall(messages)}))
            return failed_preview(
                name,
                f"The base, {self.base.name} ({self.base.short_commit}), can't be deployed to the"
                f" simulated cluster, so there is nothing to compare with:\n{errors or messages}",
            )
        output.write(deployed, wanted)
        return None

    def _up(
        self,
        simulation: Simulation,
        name: str,
        chart: str | None,
    ) -> subprocess.CompletedProcess[str]:
        _create_stack(simulation, name)
        simulation.configure(name, chart)
        options = ("--yes", "--skip-preview", "--suppress-outputs", "--color", "never")
        return _pulumi(simulation, "up", *options, "--stack", name)

    def _preview(self, simulation: Simulation, name: str, chart: str | None) -> Preview:
        simulation.prepare()
        _create_stack(simulation, name)
        simulation.configure(name, chart)
        self._rotate_secrets(simulation, name)
        options = ("--json", "--show-sames", "--non-interactive", "--stack", name)
        return run_preview(
            [str(simulation.tools()["pulumi"]), "preview", *options],
            simulation.project_folder,
            name,
            # The base may use another field manager, whose conflicts would fail the preview.
            {**os.environ, **simulation.environment(), "PULUMI_K8S_ENABLE_PATCH_FORCE": "true"},
        )

    def _rotate_secrets(self, simulation: Simulation, name: str) -> None:
        """Gives each secret whose ciphertext differs from the base's another placeholder."""
        config = _read_config(self.checkout, name)
        before = dict(encrypted_values(_read_config(self.base_checkout, name)))
        changed = {
            keys
            for keys, ciphertext in encrypted_values(config)
            if before.get(keys, ciphertext) != ciphertext
        }
        _, placeholders = simulated_config(config, simulation.project, None)
        for keys in sorted(changed & placeholders.keys()):
            value = placeholders[keys].replace("simulated", "rotated")
            options = ("--path", "--secret", "--stack", name)
            _pulumi(simulation, "config", "set", *options, config_path(keys), value)

    def _chart_for(self, simulation: Simulation, name: str) -> str | None:
        if self.chart is not None:
            return self.chart
        source = json.dumps(
            _read_config(simulation.checkout, name).get(f"{simulation.project}:chart"),
            sort_keys=True,
            default=str,
        )
        with self._lock:  # the repository is slow, and its answer is the same for all stacks
            if source not in self._charts:
                self._charts[source] = simulation.chart_for(name)[0]
            return self._charts[source]

    def _identity(self, chart: str | None) -> str:
        """Everything that decides what a deployed base looks like, as JSON."""
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
        with self.cluster.api() as api:
            namespaces = collection_path("v1", "Namespace")
            return str(api.get(f"{namespaces}/kube-system")["metadata"]["uid"])


def _pulumi(simulation: Simulation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `pulumi` in a simulated project, capturing its output."""
    return subprocess.run(
        [str(simulation.tools()["pulumi"]), *arguments, "--non-interactive"],
        cwd=simulation.project_folder,
        env={**os.environ, **simulation.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _create_stack(simulation: Simulation, name: str) -> None:
    """Creates a stack unless it exists."""
    stacks = simulation.folder / "backend" / ".pulumi" / "stacks"
    # Asking the engine would take a second.
    if not any(stacks.rglob(f"{name}.json*")):
        _pulumi(simulation, "stack", "select", "--create", name)


def _destroy(simulation: Simulation, name: str) -> None:
    """Removes a stack's objects from the cluster, and its state."""
    options = ("--yes", "--skip-preview", "--continue-on-error", "--stack", name)
    _pulumi(simulation, "destroy", *options)
    shutil.rmtree(simulation.folder / "backend", ignore_errors=True)
    simulation.prepare()


def _read_config(checkout: Path, name: str) -> Mapping[str, Any]:
    """A stack's config; empty if there is none or the file can't be read."""
    try:
        file = yaml.safe_load((checkout / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return {}
    config = file.get("config") if isinstance(file, Mapping) else None
    return config if isinstance(config, Mapping) else {}
