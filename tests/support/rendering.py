"""The simulation's chart, rendered by Helm from a workspace's inputs."""

import json
import subprocess
from pathlib import Path

import yaml

from components.chart.package import Chart
from components.chart.render import in_namespace
from components.chart.values import helm_values
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, to_plain_json

NEEDED = {"host": "chat.example.com", "namespace": "chat", "mongodb_secret": "chat-mongodb"}
"""The fewest inputs."""


def render(helm: str, folder: Path, spec: WorkspaceSpec) -> list[KubernetesObject]:
    """What the program `helm` renders from the chart in `folder`."""
    command = [helm, "template", spec.release, str(folder), "--namespace", spec.namespace]
    result = subprocess.run(
        [*command, "--kube-version", "1.36", "--values", "-"],
        input=json.dumps(helm_values(spec)),
        capture_output=True,
        text=True,
        check=True,
    )
    return rendered(result.stdout, spec)


def rendered(manifests: str, spec: WorkspaceSpec) -> list[KubernetesObject]:
    """The objects in Helm's output, as `components.chart.render` returns them."""
    objects = [to_plain_json(obj) for obj in yaml.safe_load_all(manifests) if obj]
    return [
        in_namespace(obj, spec.namespace)
        for obj in objects
        if "helm.sh/hook" not in obj["metadata"].get("annotations", {})
    ]


def chart_of(folder: Path, app_version: str = "8.6.1", version: str = "7.0.2") -> Chart:
    """A chart that is already unpacked."""
    return Chart(folder, version, app_version)
