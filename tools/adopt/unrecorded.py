"""A workspace of which Helm has no record, as Argo CD leaves none: its values, and its objects."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.kube.api import Api
from components.kube.objects import kind_and_name, nested_map
from components.services import ROCKETCHAT
from tools.adopt import live_objects
from tools.adopt.deployers import find_owner
from tools.adopt.preparation import default_values
from tools.adopt.record import HELM_3, Release
from tools.errors import ToolError
from tools.helm_template import render_chart

_CHART_LABEL = re.compile(r"rocketchat-(\d+\.\d+\.\d+.*)")


def find_chart_version(api: Api, release: str, namespace: str) -> str:
    """Returns the version of the chart that the monolith on the cluster was rendered from.

    Raises:
        ToolError: If there is no monolith.
    """
    name = f"{release}-{ROCKETCHAT.name}"
    monolith = {
        "apiVersion": "apps/v1",
        "kind": ROCKETCHAT.kind,
        "metadata": {"name": name, "namespace": namespace},
    }
    live = live_objects.find(api, monolith)
    if live is None:
        raise ToolError(
            f"Namespace {namespace} has no {kind_and_name(monolith)}. Name the release and its"
            " namespace by --release and --namespace."
        )
    label = str(nested_map(live, "metadata", "labels").get("helm.sh/chart", ""))
    match = _CHART_LABEL.fullmatch(label)
    if match is None:
        raise ToolError(
            f"{kind_and_name(monolith)} has no label helm.sh/chart that tells the chart's version."
            " Give the chart by --chart."
        )
    return match[1]


def describe(  # noqa: PLR0913 - what a release consists of
    api: Api,
    values: Mapping[str, Any],
    chart: Path,
    version: str,
    *,
    release: str,
    namespace: str,
) -> Release:
    """Returns what Helm's record of the workspace would say.

    Args:
        api: The cluster.
        values: The values that the chart was rendered with.
        chart: The chart's package or folder.
        version: Its version.
        release: The release's name.
        namespace: Its namespace.

    Raises:
        ToolError: If the chart can't be rendered, or nothing of it is on the cluster.
    """
    rendered = render_chart(chart, values, release=release, namespace=namespace)
    live = live_objects.find_all(api, rendered)
    if not live:
        raise ToolError(
            f"Namespace {namespace} has none of the objects that release {release} consists of."
        )
    return Release(
        name=release,
        namespace=namespace,
        revision=0,
        status="not recorded",
        chart="rocketchat",
        chart_version=version,
        defaults=default_values(chart),
        values=values,
        objects=[obj for obj in rendered if kind_and_name(obj) in live],
        owner=find_owner(live.values()) or HELM_3,
    )
