"""Previews for tests: recorded ones, and ones made of single steps."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.report import Report, build_report, parse_preview

RECORDED = Path(__file__).parent / "previews"
GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(file.stem for file in RECORDED.glob("*.json"))

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SECRET = "kubernetes:core/v1:Secret"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"

Json = dict[str, Any]


def recorded_report(case: str) -> Report:
    text = (RECORDED / f"{case}.json").read_text(encoding="utf-8")
    return build_report(parse_preview(text, case))


def report_of(*steps: Json, **config: str) -> Report:
    """The report on a preview with these steps, of a stack with this config."""
    return build_report(parse_preview(json.dumps(preview(*steps, **config)), "test"))


def preview(*steps: Json, **config: str) -> Json:
    """A preview as `pulumi preview --json` prints it."""
    return {
        "config": {f"rocketchat:{key}": text for key, text in config.items()},
        "steps": list(steps),
    }


def step(  # noqa: PLR0913 - the parts of a step
    op: str,
    type_: str,
    name: str,
    *,
    old: Json | None = None,
    new: Json | None = None,
    paths: Mapping[str, str] | None = None,
    namespace: str = "chat",
) -> Json:
    """A step as `pulumi preview --json` prints it."""

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


def updated(service: str, old: Json, new: Json) -> Json:
    """The step that updates the Deployment of a service."""
    return step("update", DEPLOYMENT, f"chat-{service}", old=old, new=new)


def deployment(service: str, replicas: int = 1, **fields: Any) -> Json:  # noqa: ANN401 - JSON
    """The Deployment of a service, with the labels that the chart gives it.

    Args:
        service: The service's name in the chart's objects, as in `ddp-streamer`.
        replicas: The number of instances.
        fields: Fields of the container, or one of `tag` (of the image), `annotations` (of the
            pods), `chart` (the value of the chart's label) and `rolling` (the `rollingUpdate`).
    """
    is_monolith = service == "rocketchat"
    container = service if is_monolith or service == "ddp-streamer" else f"{service}-service"
    labels = {
        "app.kubernetes.io/instance": "chat",
        "app.kubernetes.io/name": service if is_monolith else f"chat-{service}",
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": f"chat-{service}",
            "namespace": "chat",
            "labels": {"helm.sh/chart": fields.pop("chart", "rocketchat-7.0.2")},
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": fields.pop("rolling", {"maxSurge": 1, "maxUnavailable": 0}),
            },
            "template": {
                "metadata": {"labels": labels, "annotations": fields.pop("annotations", {})},
                "spec": {
                    "containers": [
                        {
                            "name": container,
                            "image": f"rocketchat/{service}:{fields.pop('tag', '8.6.1')}",
                            **fields,
                        },
                    ],
                },
            },
        },
    }


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
