import os
import sys
from pathlib import Path

import pytest

from tools.bench.measured import PARTS, measured
from tools.bench.speed import ratio
from tools.errors import ToolError


def test_a_ratio_is_the_median_with_its_spread() -> None:
    rounds = [{"ours": ours, "chart": 2.0} for ours in (4.0, 1.0, 2.0)]
    assert ratio(rounds, "chart") == "1.00 (0.50 to 2.00)"
    assert ratio(rounds[:1], "chart") == "2.00"
    assert ratio(rounds, "helm") == "not installed"


def test_a_command_is_measured_with_what_its_children_hold(tmp_path: Path) -> None:
    held = 64 * 2**20
    code = f"import time; held = b'x' * {held}; time.sleep(0.5); print(len(held))"
    # The name that tells the part is an argument of the child.
    child = [sys.executable, "-c", code, PARTS["provider"]]
    parent = f"import subprocess; subprocess.run({child!r}, check=True)"
    found = measured([sys.executable, "-c", parent], tmp_path, os.environ)
    assert str(held) in found.output
    assert found.seconds > 0.5
    assert found.peaks["provider"] > held


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no such luck"):
        measured([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path, os.environ)
