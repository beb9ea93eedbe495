"""Many workspaces in one program, and one for very many people."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Program, wait_for
from tests.support.torture import LONG, Figure
from tools.bench.load import load

pytestmark = pytest.mark.engine

PEOPLE = 100_000 if LONG else 5_000
STREAMERS = PEOPLE // 500


def test_workspaces_in_one_program_are_each_whole(tmp_path: Path) -> None:
    section = load(tmp_path, (2,))
    resources = {row[1]: int(row[5]) for row in section.rows}
    assert set(resources) == {
        "first preview",
        "first `up`, its state written once",
        "first `up`",
        "preview, unchanged",
    }
    # The stack itself, and twice the same.
    (number,) = set(resources.values())
    assert number % 2 == 1
    assert number > 40


def test_a_workspace_for_very_many_people_deploys_scales_and_rolls(
    program: Program,
    figure: Figure,
) -> None:
    more = PEOPLE * 11 // 10
    steps: dict[str, dict[str, Any]] = {
        "deployed": {"concurrentUsers": PEOPLE, "image": {"tag": "8.6.1"}},
        "scaled by a tenth": {"concurrentUsers": more, "image": {"tag": "8.6.1"}},
        "rolled to another image": {"concurrentUsers": more, "image": {"tag": "8.6.2"}},
    }
    said = []
    for what, config in steps.items():
        begun = time.perf_counter()
        program.up(**config)
        said.append(f"{what} in {time.perf_counter() - begun:.0f} s")
    wait_for(
        lambda: program.pods()["ddp-streamer"] == STREAMERS * 11 // 10,
        "the old pods are still there, or the new ones aren't",
    )
    held = program.deployment("chat-ddp-streamer").spec.template.spec.containers[0]
    assert held.image.endswith(":8.6.2")
    figure("Load, one workspace", f"{PEOPLE} people, {STREAMERS} ddp-streamers", ", ".join(said))
