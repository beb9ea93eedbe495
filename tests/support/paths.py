"""Folders that several tests read."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHART_FACTS = ROOT / "tests/support/chart_facts"
"""What the official chart renders, by case."""
OTHER_CHART_FACTS = Path(
    os.environ.get("ROCKETCHAT_CHART_FACTS", ROOT.parent / "shared/chart-facts")
)
"""The same for more versions of the chart, where a developer has them; nothing otherwise."""
SIMULATION_CHART = ROOT / "tools/simulation/chart"
