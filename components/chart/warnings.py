"""Warnings about the chart's version, and about the operator's Helm values that it ignores."""

from collections.abc import Callable, Sequence

from components.chart.known_values import known_keys, template_fields, unknown_keys
from components.chart.package import Chart
from components.chart.unread_values import Values, unread_message, unread_values
from components.chart_versions import CHART_DIGESTS
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject


def chart_warnings(
    spec: WorkspaceSpec, chart: Chart, render: Callable[[Values], Sequence[KubernetesObject]]
) -> list[str]:
    """Returns warnings about an untested chart version, and about values that it ignores.

    Args:
        spec: What was asked for.
        chart: The chart.
        render: Renders the chart with these in place of the operator's Helm values.
    """
    warnings = []
    if chart.version not in CHART_DIGESTS:
        warnings.append(
            f"{spec.key_format('chart')}: version {chart.version} was never tested with this"
            f" program; {', '.join(CHART_DIGESTS)} were. What it renders is verified against the"
            " inputs all the same.",
        )
    if spec.values:
        known, fields = known_keys(chart.path), template_fields(chart.path)
        warnings += unknown_keys(spec.values, known, fields)
        warnings += (
            f"values: {unread_message(path)}"
            for path in unread_values(spec.values, known, fields, render)
        )
    return warnings
