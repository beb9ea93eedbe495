"""A workspace's metrics as Prometheus' operator has them scraped, and promtool's verdict."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.kube.objects import KubernetesObject, nested_list
from components.kube.selectors import selects
from components.manifests.workloads import service_workloads
from components.services import NATS, ROCKETCHAT, Service
from tests.support.go_build import PROMTOOL, build_go_program

METRICS = Path(__file__).with_name("metrics")
MINUTES = 60
"""How long the series are."""
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_ALERT = re.compile(r"Labels:(\{.*\})\s+Annotations:(\{.*\})")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Target:
    """One port of one pod that Prometheus scrapes."""

    pod: str
    labels: Mapping[str, str]
    text: str
    """What the port answers."""


def targets(objects: list[KubernetesObject], release: str = "chat") -> Iterator[Target]:
    """Yields what the PodMonitors find, with the labels that Prometheus' operator gives it.

    As generatePodMonitorConfig of its source has it.
    """
    monitors = [obj for obj in objects if obj["kind"] == "PodMonitor"]
    for service, workload in service_workloads(objects, release):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        for monitor in monitors:
            if not selects(monitor["spec"]["selector"], labels):
                continue
            for endpoint in monitor["spec"]["podMetricsEndpoints"]:
                for container, port in _ports(workload, endpoint):
                    yield from _pods(service, workload, monitor, container, port)


def _ports(workload: KubernetesObject, endpoint: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for container in workload["spec"]["template"]["spec"]["containers"]:
        kept = all(
            re.fullmatch(rule["regex"], container["name"])
            for rule in endpoint.get("relabelings", [])
            if rule["sourceLabels"] == ["__meta_kubernetes_pod_container_name"]
        )
        for port in nested_list(container, "ports"):
            if kept and port.get("name") == endpoint["port"]:
                yield container["name"], endpoint["port"]


def _pods(
    service: Service,
    workload: KubernetesObject,
    monitor: KubernetesObject,
    container: str,
    port: str,
) -> Iterator[Target]:
    namespace = monitor["metadata"]["namespace"]
    for number in range(workload["spec"]["replicas"]):
        pod = f"{workload['metadata']['name']}-{number}"
        labels = {
            "job": f"{namespace}/{monitor['metadata']['name']}",
            "namespace": namespace,
            "container": container,
            "pod": pod,
            "endpoint": port,
            "instance": f"{pod}:{port}",
        }
        yield Target(pod, labels, _text(service, port))


def _text(service: Service, port: str) -> str:
    if service is NATS:
        name = "nats"
    elif service is ROCKETCHAT and port == "metrics":
        name = "rocketchat"
    else:
        name = service.kebab_name if service.users_per_instance else "presence"
    return (METRICS / f"{name}.txt").read_text(encoding="utf-8")


def series(
    found: list[Target], values: Mapping[str, str], at: Mapping[tuple[str, str], str]
) -> list[dict[str, str]]:
    """Returns input series for promtool.

    Args:
        found: What is scraped. A target that isn't has no series.
        values: What a metric of every target is, in promtool's notation.
        at: What it is on one pod only.
    """
    result = []
    for target in found:
        up = at.get(("up", target.pod), "1")
        samples = [("up", {}, up)] + [
            (name, dict(_LABEL.findall(labels)), value)
            for name, labels, value in _SAMPLE.findall(target.text)
        ]
        for name, labels, value in samples:
            chosen = at.get((name, target.pod), values.get(name, value))
            # Prometheus drops empty labels.
            kept = {key: text for key, text in {**labels, **target.labels}.items() if text}
            selector = ",".join(f'{key}="{text}"' for key, text in kept.items())
            result.append({"series": f"{name}{{{selector}}}", "values": _notation(chosen)})
    return result


def _notation(value: str) -> str:
    return value if re.search(r"[x ]", value) else f"{value}x{MINUTES}"


def firing(
    rule: KubernetesObject, given: list[dict[str, str]], folder: Path
) -> dict[str, list[str]]:
    """Returns the alerts that fire in the end by their names, each as promtool prints it.

    Args:
        rule: The PrometheusRule.
        given: The input series.
        folder: Where promtool's files go.
    """
    (folder / "rules.yaml").write_text(yaml.safe_dump(rule["spec"]), encoding="utf-8")
    names = {item["alert"] for group in rule["spec"]["groups"] for item in group["rules"]}
    # Nothing is expected, so that promtool says what there is.
    expected = [
        {"eval_time": f"{MINUTES}m", "alertname": name, "exp_alerts": []} for name in sorted(names)
    ]
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": given, "alert_rule_test": expected}],
    }
    (folder / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
    done = subprocess.run(
        [build_go_program(PROMTOOL), "test", "rules", "test.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert ("SUCCESS" in output) == (done.returncode == 0), output
    found: dict[str, list[str]] = {}
    for labels, annotations in _ALERT.findall(output):
        found.setdefault(dict(_LABEL.findall(labels))["alertname"], []).append(labels + annotations)
    assert bool(found) == bool(done.returncode), output
    return found
