"""The simulation's chart, rendered by helm from a workspace's inputs."""

import json
import subprocess
from pathlib import Path

import yaml

from components.chart.package import Chart
from components.chart.render import in_namespace
from components.chart.values import helm_values
from components.inputs.spec import Intent
from components.manifests.objects import KubernetesObject, plain

NEEDED = {"host": "chat.example.com", "namespace": "chat", "mongodb_secret": "chat-mongodb"}


def render(helm: str, folder: Path, intent: Intent) -> list[KubernetesObject]:
    place = ["--namespace", intent.namespace, "--kube-version", "1.36"]
    done = subprocess.run(
        [helm, "template", intent.release, str(folder), *place, "--values", "-"],
        input=json.dumps(helm_values(intent)),
        capture_output=True,
        text=True,
        check=True,
    )
    return rendered(done.stdout, intent)


def rendered(text: str, intent: Intent) -> list[KubernetesObject]:
    objects = [plain(one) for one in yaml.safe_load_all(text) if one]
    return [
        in_namespace(one, intent.namespace)
        for one in objects
        if "helm.sh/hook" not in one["metadata"].get("annotations", {})
    ]


def chart_of(folder: Path, app_version: str = "8.6.1", version: str = "7.0.2") -> Chart:
    return Chart(folder, version, app_version)
