"""The simulation's chart, rendered by helm from a workspace's inputs."""

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


def render(helm: str, folder: Path, spec: WorkspaceSpec) -> list[KubernetesObject]:
    place = ["--namespace", spec.namespace, "--kube-version", "1.36"]
    done = subprocess.run(
        [helm, "template", spec.release, str(folder), *place, "--values", "-"],
        input=json.dumps(helm_values(spec)),
        capture_output=True,
        text=True,
        check=True,
    )
    return rendered(done.stdout, spec)


def rendered(text: str, spec: WorkspaceSpec) -> list[KubernetesObject]:
    objects = [to_plain_json(one) for one in yaml.safe_load_all(text) if one]
    return [
        in_namespace(one, spec.namespace)
        for one in objects
        if "helm.sh/hook" not in one["metadata"].get("annotations", {})
    ]


def chart_of(folder: Path, app_version: str = "8.6.1", version: str = "7.0.2") -> Chart:
    return Chart(folder, version, app_version)
