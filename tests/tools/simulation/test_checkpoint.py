"""Repairs of a stack's state after the disk was full."""

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.simulation.checkpoint import restore

STACK = "stacks/rocketchat/dev.json"
BAK = f"{STACK}.bak"
FIRST, SECOND = (f"history/rocketchat/dev/dev-{number}.checkpoint.json" for number in (1, 2))
COMPLETE, PARTIAL = '{"version": 3, "of": "%s"}', '{"version": 3, "o'


@pytest.mark.parametrize(
    ("written", "used"),
    [
        pytest.param({}, None, id="no stack yet"),
        pytest.param({STACK: COMPLETE, BAK: PARTIAL, FIRST: COMPLETE}, None, id="complete"),
        pytest.param({STACK: PARTIAL, BAK: COMPLETE, FIRST: COMPLETE}, BAK, id="backup"),
        pytest.param(
            {STACK: PARTIAL, BAK: PARTIAL, FIRST: COMPLETE, SECOND: COMPLETE}, SECOND, id="history"
        ),
        pytest.param({STACK: "", SECOND: PARTIAL, FIRST: COMPLETE}, FIRST, id="older history"),
    ],
)
def test_the_last_complete_state_is_restored(
    tmp_path: Path, written: dict[str, str], used: str | None
) -> None:
    for name, text in written.items():
        file = tmp_path / ".pulumi" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("%s", name), encoding="utf-8")
    assert restore(tmp_path, "rocketchat", "dev") == (used is not None)
    file = tmp_path / ".pulumi" / STACK
    assert not written or file.read_text(encoding="utf-8") == COMPLETE % (used or STACK)


def test_without_a_complete_state_there_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / ".pulumi" / STACK
    file.parent.mkdir(parents=True)
    file.write_text(PARTIAL, encoding="utf-8")
    with pytest.raises(ToolError, match="there is no earlier one"):
        restore(tmp_path, "rocketchat", "dev")
    assert file.read_text(encoding="utf-8") == PARTIAL
