"""The contract: charts that render something else than what is meant are told apart."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.chart_versions import CHART_DIGESTS
from components.inputs.spec import WorkspaceSpec, resolve
from components.kube.objects import KubernetesObject
from components.manifests import verify as contract
from components.rocketchat import patch_manifests
from tests.support.paths import CHART_FACTS, OTHER_CHART_FACTS, SIMULATION_CHART
from tests.support.rendering import NEEDED, chart_of, render, rendered

pytestmark = pytest.mark.chart

INGRESS = {**NEEDED, "ingress": {"class_name": "nginx", "tls_secret": "chat-tls"}}


def meant(**more: Any) -> WorkspaceSpec:  # noqa: ANN401 - inputs of any type
    return resolve({**INGRESS, **more})


def mismatches(helm: str, folder: Path, spec: WorkspaceSpec) -> list[contract.Mismatch]:
    objects = patch_manifests(render(helm, folder, spec), spec, chart_of(folder))
    return contract.mismatches(objects, spec, chart_of(folder))


INTENTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "two of everything": {"replica_count": 2},
    "each its own": {
        "replicas": {"rocketchat": 3, "presence": 2, "ddp_streamer": 8, "nats": 5},
    },
    "external NATS": {"nats": {"existing_secret": {"name": "their-nats", "key": "url"}}},
    "features kept": {"monolith_features": "enabled"},
    "monolith": {"mode": "monolith"},
    "monoliths with NATS": {"mode": "monolith", "replica_count": 3},
    "a load balancer": {"service": {"type": "LoadBalancer", "port": 8080}, "ingress": {}},
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


@pytest.mark.parametrize("inputs", INTENTS.values(), ids=INTENTS)
def test_the_chart_renders_what_is_meant(helm: str, inputs: dict[str, Any]) -> None:
    assert mismatches(helm, SIMULATION_CHART, meant(**inputs)) == []


def edited(pattern: str, replacement: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, replacement, text, flags=re.MULTILINE)


def without(kind: str, name: str) -> Callable[[list[KubernetesObject]], list[KubernetesObject]]:
    return lambda objects: [
        one for one in objects if (one["kind"], one["metadata"]["name"]) != (kind, name)
    ]


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
def test_a_broken_copy_of_the_chart_is_refused(
    helm: str,
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
    spec = meant(**inputs)
    found = mismatches(helm, copy, spec)
    asked, where, value = expected
    assert (asked, where) in [(miss.input, miss.where) for miss in found]
    if value is not None:
        assert value in [miss.asked for miss in found if miss.where == where]
    objects = patch_manifests(render(helm, copy, spec), spec, chart_of(copy))
    with pytest.raises(pulumi.RunError, match=r"Chart 7\.0\.2 doesn't render what was asked for"):
        contract.check(objects, spec, chart_of(copy))


FACT_INTENTS: dict[str, dict[str, Any]] = {
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
    for case in FACT_INTENTS
    if (folder / f"{case}.manifests.yaml").exists()
]


@pytest.mark.parametrize(("file", "version", "case"), KNOWN_FACTS)
def test_the_official_versions_that_we_state_render_what_is_meant(
    file: Path,
    version: str,
    case: str,
) -> None:
    assert version in CHART_DIGESTS
    spec = resolve(FACT_INTENTS[case])
    chart = chart_of(file, VERSIONS[version], version)
    objects = patch_manifests(rendered(file.read_text(encoding="utf-8"), spec), spec, chart)
    assert contract.mismatches(objects, spec, chart) == []


TRAPS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "ignored-keys": (
        {"replica_count": 4},
        {"Deployment/chat-presence spec.replicas", "StatefulSet/chat-nats spec.replicas"},
    ),
    "nats-off-without-secret": ({}, {"StatefulSet for nats"}),
    # A monolith alone gets a NATS that nothing is connected to.
    "monolith-alone": ({"mode": "monolith"}, {"StatefulSet/chat-nats"}),
}


@pytest.mark.parametrize("case", TRAPS)
def test_the_silent_traps_of_the_chart_are_caught(case: str) -> None:
    """What the chart renders for keys that it drops isn't what an operator means by them."""
    file = OTHER_CHART_FACTS / "7.0.2" / f"{case}.manifests.yaml"
    if not file.exists():
        pytest.skip("needs all facts")
    inputs, expected = TRAPS[case]
    spec = resolve({**NEEDED, "ingress": {"enabled": False}, **inputs})
    chart = chart_of(file)
    objects = patch_manifests(rendered(file.read_text(encoding="utf-8"), spec), spec, chart)
    assert expected <= {miss.where for miss in contract.mismatches(objects, spec, chart)}
