import os
import sys
from pathlib import Path

import pytest

from tools.bench.measure import PARTS, measure
from tools.bench.parts import durations, median
from tools.bench.speed import comparison, ratio
from tools.errors import ToolError


def test_a_ratio_is_the_median_with_its_spread() -> None:
    rounds = [{"ours": ours, "chart": 2.0} for ours in (4.0, 1.0, 2.0)]
    assert ratio(rounds, "chart") == "1.00 (0.50 to 2.00)"
    assert ratio(rounds[:1], "chart") == "2.00"
    assert ratio(rounds, "helm") == "not installed"


def test_a_comparison_says_what_is_added_in_each_round() -> None:
    rounds = [{"ours": 2.0 + added, "blind": 2.0} for added in (0.1, 0.3, -0.1)]
    assert comparison(rounds, "blind") == (
        "2.10",
        "2.00",
        "1.05 (0.95 to 1.15)",
        "0.10 (-0.10 to 0.30)",
    )


def test_the_parts_of_a_preview_follow_each_other() -> None:
    times = {"program": 3.0, "python": 1.5, "end": 4.0}
    assert durations(1.0, times) == {"python": 0.5, "program": 1.5, "end": 1.0}
    assert median([{"end": 1.0}, {"end": 3.0}, {"end": 2.0}], "end") == "2.00"
    assert median([{"end": 1.0}], "render") == ""


def test_a_command_is_measured_with_the_memory_of_its_children(tmp_path: Path) -> None:
    size = 64 * 2**20
    code = f"import time; data = b'x' * {size}; time.sleep(0.5); print(len(data))"
    # The name that identifies the part is an argument of the child.
    child = [sys.executable, "-c", code, PARTS["provider"]]
    parent = f"import subprocess; subprocess.run({child!r}, check=True)"
    run = measure([sys.executable, "-c", parent], tmp_path, os.environ)
    assert str(size) in run.output
    assert run.seconds > 0.5
    assert run.peaks["provider"] > size


def test_a_failed_command_is_an_error_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no such luck"):
        measure([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path, os.environ)
