"""Previews for tests: those recorded, and such as are made up piece by piece."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.report import Report, read, understand

RECORDED = Path(__file__).parent / "previews"
GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(file.stem for file in RECORDED.glob("*.json"))

Json = dict[str, Any]


def recorded(case: str) -> Report:
    return understand(read((RECORDED / f"{case}.json").read_text(encoding="utf-8"), case))


def step(  # noqa: PLR0913 - as many as a step has parts
    op: str,
    type_: str,
    name: str,
    *,
    old: Json | None = None,
    new: Json | None = None,
    paths: Mapping[str, str] | None = None,
    namespace: str = "chat",
) -> Json:
    """A step as `pulumi preview --json` has it."""

    def state(inputs: Json | None) -> Json | None:
        return None if inputs is None else {"type": type_, "custom": True, "inputs": inputs}

    return {
        "op": op,
        "urn": f"urn:pulumi:test::rocketchat::rocketchat:index:RocketChat${type_}"
        f"::rocketchat:{namespace}/{name}",
        "oldState": state(old),
        "newState": state(new),
        "detailedDiff": {path: {"kind": kind} for path, kind in (paths or {}).items()},
    }


def preview(*steps: Json, **config: str) -> Json:
    return {
        "config": {f"rocketchat:{key}": text for key, text in config.items()},
        "steps": list(steps),
    }


def report(*steps: Json, **config: str) -> Report:
    return understand(read(json.dumps(preview(*steps, **config)), "test"))


def deployment(service: str, replicas: int = 1, **more: Any) -> Json:  # noqa: ANN401 - any JSON
    """The Deployment of a service, with the labels that the chart gives it."""
    monolith = service == "rocketchat"
    container = {"ddp-streamer": "ddp-streamer", "rocketchat": "rocketchat"}.get(
        service,
        f"{service}-service",
    )
    labels = {
        "app.kubernetes.io/instance": "chat",
        "app.kubernetes.io/name": service if monolith else f"chat-{service}",
    }
    one: Json = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": f"chat-{service}",
            "namespace": "chat",
            "labels": {"helm.sh/chart": more.pop("chart", "rocketchat-7.0.2")},
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": more.pop("rolling", {"maxSurge": 1, "maxUnavailable": 0}),
            },
            "template": {
                "metadata": {"labels": labels, "annotations": more.pop("annotations", {})},
                "spec": {
                    "containers": [
                        {
                            "name": container,
                            "image": f"rocketchat/{service}:{more.pop('tag', '8.6.1')}",
                            **more,
                        },
                    ],
                },
            },
        },
    }
    return one


def secret(name: str, **data: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "chat"},
        "stringData": data,
    }


def claim(size: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "chat-rocketchat", "namespace": "chat"},
        "spec": {"resources": {"requests": {"storage": size}}},
    }


def config_map(name: str, **data: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "chat"},
        "data": data,
    }


DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SECRET = "kubernetes:core/v1:Secret"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def changed(service: str, old: Json, new: Json) -> Json:
    return step("update", DEPLOYMENT, f"chat-{service}", old=old, new=new)
