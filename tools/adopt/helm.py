"""Renders the chart by the program `helm`, which needs neither a stack nor a cluster."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.chart.render import in_namespace
from components.kube.objects import KubernetesObject, to_plain_json
from components.messages import redact
from tools.errors import ToolError
from tools.toolchain import ensure

_KUBERNETES = "1.36"
"""The version that templates are told; nothing here depends on the cluster's own."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def render_chart(
    chart: Path, values: Mapping[str, Any], *, release: str, namespace: str
) -> list[KubernetesObject]:
    """Returns what `helm install` would create, without tests and other hooks.

    Raises:
        ToolError: With Helm's own message, if the chart can't be rendered.
    """
    helm = str(ensure(["helm"])["helm"])
    options = ("--namespace", namespace, "--kube-version", _KUBERNETES, "--values", "-")
    command = subprocess.run(
        [helm, "template", release, str(chart), "--no-hooks", *options],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=False,
    )
    if command.returncode:
        reason = redact(command.stderr.strip().removeprefix("Error: "))
        raise ToolError(f"The chart can't be rendered with these values: {reason}")
    documents = yaml.load_all(command.stdout, Loader=_LOADER)
    return [in_namespace(to_plain_json(obj), namespace) for obj in documents if obj]
