"""Helm values as somebody gave them -> the values that the chart reads, with the types it takes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.chart.package import chart_texts, parse_yaml
from components.chart.values import merge_values
from components.services import NATS
from tools.adopt.translation import Translation
from tools.adopt.unread_values import remove_unread_values
from tools.adopt.value_types import fit_types


def prepare(
    values: Mapping[str, Any], defaults: Mapping[str, Any], chart: Path, translation: Translation
) -> dict[str, Any]:
    """Returns Helm values without those that the chart doesn't read, with the types that it takes.

    Args:
        values: The values that somebody gave to Helm.
        defaults: The chart's own values.
        chart: The chart's package or folder.
        translation: Receives what the user should know, and a refusal for each misfit.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    return fit_types(remove_unread_values(values, chart, translation), defaults, translation)


def default_values(chart: Path) -> dict[str, Any]:
    """Returns the values that a chart and its NATS have where none are given.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    texts = chart_texts(chart)
    own, nats = (
        parse_yaml(texts.get(f"{folder}values.yaml", ""), chart) for folder in ("", "charts/nats/")
    )
    subchart = {NATS.name: nats} if isinstance(nats, Mapping) else {}
    return merge_values(subchart, own if isinstance(own, Mapping) else {})
