"""The simulation's chart, rendered by Helm from a workspace's inputs."""

from pathlib import Path

from components.chart.package import Chart
from components.chart.values import helm_values
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from tools.helm_template import render_chart

NEEDED = {"host": "chat.example.com", "namespace": "chat", "mongodb_secret": "chat-mongodb"}
"""The fewest inputs."""


def render(folder: Path, spec: WorkspaceSpec) -> list[KubernetesObject]:
    """What the program `helm` renders from the chart in `folder`."""
    values = helm_values(spec)
    return render_chart(folder, values, release=spec.release, namespace=spec.namespace)


def chart_of(folder: Path, app_version: str = "8.6.1", version: str = "7.0.2") -> Chart:
    """A chart that is already unpacked."""
    return Chart(folder, version, app_version)
