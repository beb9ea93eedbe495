"""Values -> Kubernetes objects as plain dicts, by the Kubernetes provider's own Helm.

This is the one place that knows how rendering is done.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.kube.objects import KubernetesObject, to_plain_json


def render(  # noqa: PLR0913 - what a rendering is made of, each by its name
    chart: Path,
    *,
    release: str,
    namespace: str,
    values: Mapping[str, Any],
    options: pulumi.InvokeOptions,
    key: str = "chart",
) -> list[KubernetesObject]:
    """What the chart at `chart` renders, as an install, less Helm's tests and other hooks.

    Each object has its namespace and no nulls. Needs a cluster that answers, since the chart asks
    which APIs it has. Raises `pulumi.RunError` with Helm's own words, and the input `key` to look
    at, where the chart can't be rendered.
    """
    request = {
        "path": str(chart),
        "release_name": release,
        "namespace": namespace,
        "values": values,
    }
    try:
        answer = pulumi.runtime.invoke(
            "kubernetes:helm:template",
            {"jsonOpts": json.dumps(request)},
            options,
        ).value
    except Exception as error:  # the SDK raises a bare Exception with the provider's message
        raise pulumi.RunError(f"{key}: The chart can't be rendered: {error}") from error
    if not answer or "result" not in answer:
        raise pulumi.RunError(
            "The chart can't be rendered: the Kubernetes provider isn't configured yet. Its"
            " cluster has to exist before this program runs.",
        )
    objects = [to_plain_json(one) for one in answer["result"]]
    return [in_namespace(one, namespace) for one in objects if not _is_hook(one)]


def in_namespace(one: KubernetesObject, namespace: str) -> KubernetesObject:
    """`one` in `namespace` where it names none; the chart renders nothing cluster-wide."""
    one["metadata"].setdefault("namespace", namespace)
    return one


def _is_hook(one: KubernetesObject) -> bool:
    return "helm.sh/hook" in one["metadata"].get("annotations", {})
