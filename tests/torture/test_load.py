"""Many workspaces in one program, and one workspace for very many users."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tests.support.waiting import wait_for
from tools.bench.load import measure_load

pytestmark = pytest.mark.engine

USERS = 100_000 if LONG else 5_000
STREAMERS = USERS // 500


def test_workspaces_in_one_program_are_each_complete(tmp_path: Path) -> None:
    section = measure_load(tmp_path, (2,))
    resources = {row[1]: int(row[5]) for row in section.rows}
    assert set(resources) == {
        "first preview",
        "first `up`, its state written once",
        "first `up`",
        "preview, unchanged",
    }
    # The stack itself, and the same resources twice.
    (number,) = set(resources.values())
    assert number % 2 == 1
    assert number > 40


def test_a_workspace_for_very_many_users_deploys_scales_and_rolls(
    program: Program,
    figure: Figure,
) -> None:
    more = USERS * 11 // 10
    configs: dict[str, dict[str, Any]] = {
        "deployed": {"concurrentUsers": USERS, "image": {"tag": "8.6.1"}},
        "scaled by a tenth": {"concurrentUsers": more, "image": {"tag": "8.6.1"}},
        "rolled to another image": {"concurrentUsers": more, "image": {"tag": "8.6.2"}},
    }
    durations = []
    for change, config in configs.items():
        started = time.perf_counter()
        program.up(**config)
        durations.append(f"{change} in {time.perf_counter() - started:.0f} s")
    wait_for(
        lambda: program.pods()["ddp-streamer"] == STREAMERS * 11 // 10,
        "the old pods are still there, or the new ones aren't",
    )
    container = program.deployment("chat-ddp-streamer").spec.template.spec.containers[0]
    assert container.image.endswith(":8.6.2")
    result = ", ".join(durations)
    figure("Load, one workspace", f"{USERS} people, {STREAMERS} ddp-streamers", result)
