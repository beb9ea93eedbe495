"""Verification of what real and broken charts render."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.chart_versions import CHART_DIGESTS
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.kube.images import ImageReference
from components.kube.objects import KubernetesObject, containers, workloads
from components.manifests.patches import apply_patches
from components.manifests.verify import mismatches, verify
from components.services import ACCOUNT, AUTHORIZATION, DDP_STREAMER, PRESENCE, ROCKETCHAT
from tests.support.paths import CHART_FACTS, OTHER_CHART_FACTS, SIMULATION_CHART
from tests.support.rendering import NEEDED, chart_of, render
from tools.helm_template import parse_manifests

pytestmark = pytest.mark.chart

SHA256 = f"sha256:{'0123456789abcdef' * 4}"
INGRESS = {**NEEDED, "ingress": {"class_name": "nginx", "tls_secret": "chat-tls"}}


def spec_of(**more: Any) -> WorkspaceSpec:  # noqa: ANN401 - inputs of any type
    return resolve({**INGRESS, **more})


def patched(folder: Path, spec: WorkspaceSpec) -> list[KubernetesObject]:
    return apply_patches(render(folder, spec), spec, chart_of(folder).app_version)


INPUTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "two of everything": {"replica_count": 2},
    "replicas by service": {
        "replicas": {"rocketchat": 3, "presence": 2, "ddp_streamer": 8, "nats": 5},
    },
    "external NATS": {"nats": {"existing_secret": {"name": "their-nats", "key": "url"}}},
    "monolith features": {"monolith_features": "enabled"},
    "monolith": {"mode": "monolith"},
    "monoliths with NATS": {"mode": "monolith", "replica_count": 3},
    "a load balancer": {"service": {"type": "LoadBalancer", "port": 8080}, "ingress": {}},
    "image digest": {"image": {"tag": f"8.6.1@{SHA256}"}},
    "image digest of a monolith": {
        "mode": "monolith",
        "image": {"tag": f"8.6.1@{SHA256}", "registry": "mirror.example.com:5000"},
    },
    "mirrored images": {"image": {"tag": "8.6.0", "registry": "mirror.example.com:5000"}},
    "secrets": {
        "mongodb_secret": None,
        "mongodb_url": "mongodb://db.example.com/rocketchat",
        "license": "licence",
        "registration_token": "token",
        "smtp": {"host": "mail.example.com"},
    },
    "autoscaling": {
        "services": {
            "ddp_streamer": {
                "autoscaling": {"min_replicas": 2, "max_replicas": 9},
                "resources": {"requests": {"cpu": "100m"}},
            },
        },
    },
    "no resilience": {"resilience": {"enabled": False}},
}


@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
def test_chart_renders_what_the_inputs_ask_for(inputs: dict[str, Any]) -> None:
    spec = spec_of(**inputs)
    objects = patched(SIMULATION_CHART, spec)
    assert mismatches(objects, spec, chart_of(SIMULATION_CHART)) == []


def test_digest_pins_the_monolith_and_the_tag_runs_everywhere_else() -> None:
    objects = patched(SIMULATION_CHART, spec_of(image={"tag": f"8.6.0@{SHA256}"}))
    images = {
        container["name"]: ImageReference.parse(container["image"])
        for workload in workloads(objects)
        for container in containers(workload)
    }
    assert images[ROCKETCHAT.container].tag == "8.6.0"
    assert images[ROCKETCHAT.container].digest == SHA256
    for service in (PRESENCE, DDP_STREAMER, ACCOUNT, AUTHORIZATION):
        assert images[service.container].tag == "8.6.0"
        assert not images[service.container].digest


def edited(pattern: str, replacement: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, replacement, text, flags=re.MULTILINE)


BROKEN = {
    "a renamed value key": (
        edited(r"\.Values\.replicaCount\b", ".Values.replicas"),
        {"replica_count": 2},
        ("replicas.rocketchat", "Deployment/chat-rocketchat spec.replicas", 2),
    ),
    "a service that ignores its replicas": (
        edited(r"\{\{ \.replicas \}\}", "1"),
        {"replica_count": 3},
        ("replicas.presence", "Deployment/chat-presence spec.replicas", 3),
    ),
    "a dropped service": (
        edited(r"(?i)^.*presence.*$", ""),
        {},
        ("replicas.presence", "Deployment for presence", "one"),
    ),
    "a transporter without a bus": (
        edited(r"^kind: StatefulSet$", "kind: ReplicaSet"),
        {},
        ("replicas.nats", "StatefulSet for nats", "one"),
    ),
    "a Service with another port": (
        edited(r"\bport: 3000,", "port: 3001,"),
        {},
        ("replicas.ddp_streamer", "Service of Deployment/chat-ddp-streamer, port 3000", None),
    ),
    "an Ingress that forgets /websocket": (
        edited(r"/websocket", "/elsewhere"),
        {},
        ("ingress", "Ingress path /websocket", "leading to ddp-streamer"),
    ),
    "a tag of its own": (
        edited(r"\$root\.Values\.image\.tag \| default \$root\.Chart\.AppVersion", '"9.9.9"'),
        {},
        ("image.tag", "Deployment/chat-account image", "8.6.1"),
    ),
}


@pytest.mark.parametrize(("edit", "inputs", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_copy_of_the_chart_is_refused(
    tmp_path: Path,
    edit: Callable[[str], str],
    inputs: dict[str, Any],
    expected: tuple[str, str, object],
) -> None:
    copy = tmp_path / "chart"
    shutil.copytree(SIMULATION_CHART, copy)
    changed = []
    for file in copy.rglob("*"):
        if file.is_file() and file.parent.name == "templates":
            text = file.read_text(encoding="utf-8")
            if edit(text) != text:
                file.write_text(edit(text), encoding="utf-8")
                changed.append(file.name)
    assert changed, "the edit changed nothing"
    spec = spec_of(**inputs)
    objects = patched(copy, spec)
    found = mismatches(objects, spec, chart_of(copy))
    name, location, value = expected
    assert (name, location) in [(mismatch.input, mismatch.location) for mismatch in found]
    if value is not None:
        assert value in [mismatch.expected for mismatch in found if mismatch.location == location]
    with pytest.raises(pulumi.RunError, match=r"Chart 7\.0\.2 doesn't render what was asked for"):
        verify(objects, spec, chart_of(copy))


FACT_INPUTS: dict[str, dict[str, Any]] = {
    "defaults": {**NEEDED, "ingress": {"enabled": False}},
    "global-two": {
        **NEEDED,
        "ingress": {"enabled": False},
        "replicas": {
            **dict.fromkeys(
                ("rocketchat", "presence", "ddp_streamer", "account", "authorization"), 2
            ),
            "nats": 3,
        },
    },
    "per-service": {
        **NEEDED,
        "ingress": {"enabled": False},
        "replicas": {
            "rocketchat": 3,
            "presence": 2,
            "ddp_streamer": 8,
            "account": 4,
            "authorization": 5,
            "nats": 5,
        },
    },
    "external-nats": {
        **NEEDED,
        "ingress": {"enabled": False},
        "nats": {"existing_secret": {"name": "chat-nats-url", "key": "url"}},
    },
    "monolith-nats": {
        **NEEDED,
        "ingress": {"enabled": False},
        "mode": "monolith",
        "replica_count": 3,
    },
    "ingress-tls": INGRESS,
}
VERSIONS = {"7.0.2": "8.6.1", "6.32.1": "8.2.0", "6.26.0": "7.10.0"}
FOLDERS = [
    (folder, "7.0.2") for folder in (CHART_FACTS, OTHER_CHART_FACTS / "7.0.2") if folder.is_dir()
] + [
    (OTHER_CHART_FACTS / version, version)
    for version in VERSIONS
    if version != "7.0.2" and (OTHER_CHART_FACTS / version).is_dir()
]
KNOWN_FACTS = [
    pytest.param(folder / f"{case}.manifests.yaml", version, case, id=f"{folder.name}-{case}")
    for folder, version in FOLDERS
    for case in FACT_INPUTS
    if (folder / f"{case}.manifests.yaml").exists()
]


@pytest.mark.parametrize(("file", "version", "case"), KNOWN_FACTS)
def test_pinned_chart_versions_render_what_the_inputs_ask_for(
    file: Path,
    version: str,
    case: str,
) -> None:
    assert version in CHART_DIGESTS
    spec = resolve(FACT_INPUTS[case])
    chart = chart_of(file, VERSIONS[version], version)
    objects = parse_manifests(file.read_text(encoding="utf-8"), spec.namespace)
    objects = apply_patches(objects, spec, chart.app_version)
    assert mismatches(objects, spec, chart) == []


TRAPS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "ignored-keys": (
        {"replica_count": 4},
        {"Deployment/chat-presence spec.replicas", "StatefulSet/chat-nats spec.replicas"},
    ),
    "nats-off-without-secret": ({}, {"StatefulSet for nats"}),
    # The chart gives a single monolith a NATS that nothing connects to.
    "monolith-alone": ({"mode": "monolith"}, {"StatefulSet/chat-nats"}),
}


@pytest.mark.parametrize("case", TRAPS)
def test_values_that_the_chart_ignores_are_caught(case: str) -> None:
    """Rocket.Chat's guide teaches the values behind these objects, and the chart drops them."""
    file = OTHER_CHART_FACTS / "7.0.2" / f"{case}.manifests.yaml"
    if not file.exists():
        pytest.skip("needs all facts")
    inputs, expected = TRAPS[case]
    spec = resolve({**NEEDED, "ingress": {"enabled": False}, **inputs})
    chart = chart_of(file)
    objects = parse_manifests(file.read_text(encoding="utf-8"), spec.namespace)
    objects = apply_patches(objects, spec, chart.app_version)
    assert expected <= {mismatch.location for mismatch in mismatches(objects, spec, chart)}
