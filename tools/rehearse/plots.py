"""Plots of what was seen over time, as SVG and a legend for a page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import count, pairwise
from math import ceil
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

from tools.rehearse.observe import Counts, Sample
from tools.rehearse.outcome import Fullness

Line = Sequence[tuple[float, float]]
"""Points of seconds and a number."""
_COLORS = ("#8a8a8a", "#1b9e4b", "#d97706", "#a855f7")
_WIDTH, _HEIGHT = 480, 220
_GUIDES = 6
"""How many horizontal lines a plot has at most."""
_NODE_HEIGHT = 40
"""How much higher each node makes the plot of nodes."""
_MARGINS = 70
"""The height of the plot of nodes without any."""


def service_plot(name: str, samples: Sequence[Sample]) -> str:
    """Returns the pods of a service over time: desired, ready, Pending and terminating."""
    points = [(sample.seconds, sample.services.get(name, Counts())) for sample in samples]
    lines = {
        "desired": [(seconds, pods.desired) for seconds, pods in points],
        "ready": [(seconds, pods.ready) for seconds, pods in points],
        "Pending": [(seconds, pods.pending) for seconds, pods in points],
        "terminating": [(seconds, pods.terminating) for seconds, pods in points],
    }
    return _line_plot({label: line for label, line in lines.items() if _is_shown(label, line)})


def people_plot(samples: Sequence[Sample]) -> str:
    """Returns how many people can be served, and were disconnected so far, over time."""
    return _line_plot(
        {
            "can be served": [(sample.seconds, sample.served) for sample in samples],
            "disconnected so far": [(sample.seconds, sample.disconnected) for sample in samples],
        }
    )


def nodes_plot(nodes: Mapping[str, Fullness]) -> str:
    """Returns how much of each node is requested before, at the peak and after, in percent."""
    height = _MARGINS + _NODE_HEIGHT * len(nodes)
    plot = pygal.HorizontalBar(
        **_options(height), x_title="% requested", range=(0, 100), x_labels=list(nodes)
    )
    times = ("before", "peak", "after")
    for time in times:
        plot.add(time, [getattr(fullness, time) for fullness in nodes.values()])
    return _render(plot, times)


def _is_shown(label: str, line: Line) -> bool:
    return label in {"desired", "ready"} or any(number for _, number in line)


def _line_plot(lines: Mapping[str, Line]) -> str:
    highest = max(1, *(number for line in lines.values() for _, number in line))
    step = _tick(highest)
    plot = pygal.XY(
        **_options(_HEIGHT),
        x_title="seconds",
        show_dots=False,
        range=(0, highest),
        y_labels=list(range(0, ceil(highest) + 1, step)),
    )
    for label, line in lines.items():
        plot.add(label, _steps(line))
    return _render(plot, lines)


def _tick(highest: float) -> int:
    """The least of 1, 2, 5, 10, 20 and so on that needs few guides."""
    ticks = (digit * 10**power for power in count() for digit in (1, 2, 5))
    tick: int = next(tick for tick in ticks if highest / tick <= _GUIDES)
    return tick


def _steps(line: Line) -> Line:
    """Points that keep each number until the next one."""
    corners = [
        point
        for (before, number), (after, _) in pairwise(line)
        for point in ((before, number), (after, number))
    ]
    return [*corners, line[-1]]


def _options(height: int) -> dict[str, Any]:
    return {
        "width": _WIDTH,
        "height": height,
        "style": Style(
            background="transparent",
            plot_background="transparent",
            foreground="currentColor",
            foreground_strong="currentColor",
            foreground_subtle="currentColor",
            guide_stroke_color="#8886",
            guide_stroke_dasharray="1",
            major_guide_stroke_color="#8886",
            major_guide_stroke_dasharray="1",
            opacity="0.85",
            stroke_opacity="1",
            stroke_width="2.5",
            label_font_size=13,
            major_label_font_size=13,
            title_font_size=13,
            font_family="system-ui,sans-serif",
            colors=_COLORS,
        ),
        # It would be cut off below the plot.
        "show_legend": False,
        "margin": 8,
        "formatter": lambda number: f"{number:,.0f}",
        "x_value_formatter": lambda number: f"{number:,.0f}",
    }


def _render(plot: Any, labels: Iterable[str]) -> str:  # noqa: ANN401 - pygal has no types
    svg = plot.render_tree()
    # For tooltips, which it would load from elsewhere.
    for script in svg.findall(".//script"):
        svg.find("defs").remove(script)
    legend = "".join(
        f'<span><i style="background:{color}"></i>{escape(label)}</span>'
        for label, color in zip(labels, _COLORS, strict=False)
    )
    return f'{ET.tostring(svg, encoding="unicode")}<p class="legend">{legend}</p>'
