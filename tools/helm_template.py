"""A chart's objects as the program `helm` renders them, without an engine and without a cluster."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.chart.render import installed_objects
from components.fast_yaml import load_all_yaml
from components.kube.objects import KubernetesObject
from components.messages import redact
from tools.errors import ToolError
from tools.toolchain import ensure

_KUBERNETES_VERSION = "1.36"
"""The version that templates see; nothing here depends on the cluster's own."""


def render_chart(
    chart: Path, values: Mapping[str, Any], *, release: str, namespace: str
) -> list[KubernetesObject]:
    """Returns what `helm install` would create, as `components.chart.render` returns it.

    Args:
        chart: The chart's package or folder.
        values: The Helm values.
        release: The name of the Helm release.
        namespace: The namespace of all objects that the chart gives none.

    Raises:
        ToolError: With Helm's own message, if the chart can't be rendered.
    """
    helm = str(ensure(["helm"])["helm"])
    options = ("--namespace", namespace, "--kube-version", _KUBERNETES_VERSION, "--values", "-")
    command = subprocess.run(
        [helm, "template", release, str(chart), "--no-hooks", *options],
        input=json.dumps(values),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if command.returncode:
        reason = redact(command.stderr.strip().removeprefix("Error: "))
        raise ToolError(f"The chart can't be rendered with these values: {reason}")
    return parse_manifests(command.stdout, namespace)


def parse_manifests(manifests: str, namespace: str) -> list[KubernetesObject]:
    """Returns the objects in Helm's output, as `components.chart.render` returns them."""
    return installed_objects(filter(None, load_all_yaml(manifests)), namespace)
