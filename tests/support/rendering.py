"""The simulation's chart, rendered by Helm from a workspace's inputs."""

from pathlib import Path

from components.chart.package import Chart
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from tools.helm_template import render_with_helm

NEEDED = {"host": "chat.example.com", "namespace": "chat", "mongodb_secret": "chat-mongodb"}
"""The fewest inputs."""


def render(helm: str, folder: Path, spec: WorkspaceSpec) -> list[KubernetesObject]:
    """What the program `helm` renders from the chart in `folder`."""
    return render_with_helm(Path(helm), folder, spec)


def chart_of(folder: Path, app_version: str = "8.6.1", version: str = "7.0.2") -> Chart:
    """A chart that is already unpacked."""
    return Chart(folder, version, app_version)
