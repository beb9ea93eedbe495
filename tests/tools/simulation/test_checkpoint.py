"""A stack's state after a disk that was full."""

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.simulation.checkpoint import restore

STACK = "stacks/rocketchat/dev.json"
BAK = f"{STACK}.bak"
FIRST, SECOND = (f"history/rocketchat/dev/dev-{number}.checkpoint.json" for number in (1, 2))
WHOLE, PART = '{"version": 3, "of": "%s"}', '{"version": 3, "o'


@pytest.mark.parametrize(
    ("written", "used"),
    [
        pytest.param({}, None, id="no stack yet"),
        pytest.param({STACK: WHOLE, BAK: PART, FIRST: WHOLE}, None, id="whole"),
        pytest.param({STACK: PART, BAK: WHOLE, FIRST: WHOLE}, BAK, id="the last one"),
        pytest.param({STACK: PART, BAK: PART, FIRST: WHOLE, SECOND: WHOLE}, SECOND, id="history"),
        pytest.param({STACK: "", SECOND: PART, FIRST: WHOLE}, FIRST, id="older history"),
    ],
)
def test_the_last_whole_state_is_put_back(
    tmp_path: Path, written: dict[str, str], used: str | None
) -> None:
    for name, text in written.items():
        file = tmp_path / ".pulumi" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("%s", name), encoding="utf-8")
    assert restore(tmp_path, "rocketchat", "dev") == (used is not None)
    file = tmp_path / ".pulumi" / STACK
    assert not written or file.read_text(encoding="utf-8") == WHOLE % (used or STACK)


def test_no_whole_state_at_all_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".pulumi" / STACK
    file.parent.mkdir(parents=True)
    file.write_text(PART, encoding="utf-8")
    with pytest.raises(ToolError, match="there is none to go back to"):
        restore(tmp_path, "rocketchat", "dev")
    assert file.read_text(encoding="utf-8") == PART
