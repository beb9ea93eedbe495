"""A workspace's objects as Helm renders them, without an engine and without a cluster."""

import json
import subprocess
from pathlib import Path

import yaml

from components.chart.render import in_namespace
from components.chart.values import helm_values
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, to_plain_json
from tools.errors import ToolError

KUBERNETES_VERSION = "1.36"
"""What the chart is told of the cluster."""


def render_with_helm(helm: Path, chart: Path, spec: WorkspaceSpec) -> list[KubernetesObject]:
    """Returns what the program `helm` renders, as `components.chart.render` returns it.

    Args:
        helm: The path of Helm.
        chart: The chart's package or folder.
        spec: The workspace.

    Raises:
        ToolError: If Helm fails.
    """
    command = [str(helm), "template", spec.release, str(chart), "--namespace", spec.namespace]
    done = subprocess.run(
        [*command, "--kube-version", KUBERNETES_VERSION, "--values", "-"],
        input=json.dumps(helm_values(spec)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise ToolError(f"Helm can't render the chart: {done.stderr.strip()}")
    return parse_rendered(done.stdout, spec)


def parse_rendered(manifests: str, spec: WorkspaceSpec) -> list[KubernetesObject]:
    """Returns the objects in Helm's output, as `components.chart.render` returns them."""
    objects = [to_plain_json(obj) for obj in yaml.safe_load_all(manifests) if obj]
    return [
        in_namespace(obj, spec.namespace)
        for obj in objects
        if "helm.sh/hook" not in obj["metadata"].get("annotations", {})
    ]
