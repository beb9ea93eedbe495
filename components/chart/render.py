"""Renders the chart to Kubernetes objects with the Helm of the Kubernetes provider.

Nothing else in the program knows how the chart is rendered.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.kube.objects import KubernetesObject, to_plain_json


def render(  # noqa: PLR0913 - what a rendering depends on, each by its name
    chart: Path,
    *,
    release: str,
    namespace: str,
    values: Mapping[str, Any],
    options: pulumi.InvokeOptions,
    key: str = "chart",
) -> list[KubernetesObject]:
    """Renders the chart as `helm install` does, without its tests and other hooks.

    The cluster has to answer, since templates ask for the APIs that it has.

    Args:
        chart: The chart's package or folder.
        release: The name of the Helm release.
        namespace: The namespace of all objects that the chart gives none.
        values: The Helm values.
        options: The options of the provider's function.
        key: The input to look at if the chart can't be rendered.

    Returns:
        The objects, each with a namespace and without nulls.

    Raises:
        pulumi.RunError: With Helm's own message, if the chart can't be rendered.
    """
    request = {
        "path": str(chart),
        "release_name": release,
        "namespace": namespace,
        "values": values,
    }
    try:
        response = pulumi.runtime.invoke(
            "kubernetes:helm:template",
            {"jsonOpts": json.dumps(request)},
            options,
        ).value
    except Exception as error:  # the SDK raises a bare Exception with the provider's message
        raise pulumi.RunError(f"{key}: The chart can't be rendered: {error}") from error
    if not response or "result" not in response:
        raise pulumi.RunError(
            "The chart can't be rendered: the Kubernetes provider isn't configured yet. Its"
            " cluster has to exist before this program runs.",
        )
    return installed_objects(response["result"], namespace)


def installed_objects(rendered: Iterable[Any], namespace: str) -> list[KubernetesObject]:
    """Returns what Helm installs of rendered objects: all but tests and other hooks.

    Args:
        rendered: The objects as Helm renders them.
        namespace: The namespace of those without one; every kind in the chart is namespaced.

    Returns:
        The objects, each with a namespace and without nulls.
    """
    objects = [obj for obj in map(to_plain_json, rendered) if not _is_hook(obj)]
    for obj in objects:
        obj["metadata"].setdefault("namespace", namespace)
    return objects


def _is_hook(obj: KubernetesObject) -> bool:
    return "helm.sh/hook" in obj["metadata"].get("annotations", {})
