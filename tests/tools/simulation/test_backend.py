"""The state of stacks, read without the engine, and repaired after the disk was full."""

import json
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.simulation.backend import (
    last_changes,
    restore,
    selected_stack,
    stack_resource,
    state,
    state_file,
)

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


URN = "urn:pulumi:dev::rocketchat::pulumi:pulumi:Stack::rocketchat-dev"


def write(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")


def test_a_state_has_the_form_of_an_export(tmp_path: Path) -> None:
    resource = {"type": "pulumi:pulumi:Stack", "urn": URN, "outputs": {"url": "https://a"}}
    checkpoint = {"stack": "organization/rocketchat/dev", "latest": {"resources": [resource]}}
    write(state_file(tmp_path, "rocketchat", "dev"), {"version": 3, "checkpoint": checkpoint})
    found = state(tmp_path, "rocketchat", "dev")
    assert found == {"version": 3, "deployment": {"resources": [resource]}}
    assert stack_resource(found)["outputs"] == {"url": "https://a"}


def test_a_stack_that_was_never_deployed_has_no_resources(tmp_path: Path) -> None:
    write(state_file(tmp_path, "rocketchat", "dev"), {"version": 3, "checkpoint": {"stack": "dev"}})
    found = state(tmp_path, "rocketchat", "dev")
    assert found["deployment"] == {}
    assert stack_resource(found) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 3}'])
def test_what_is_no_state_is_an_error(tmp_path: Path, text: str) -> None:
    file = state_file(tmp_path, "rocketchat", "dev")
    with pytest.raises(ToolError, match="There is no stack dev"):
        state(tmp_path, "rocketchat", "dev")
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match="The state of stack dev can't be read"):
        state(tmp_path, "rocketchat", "dev")


def test_the_last_changes_are_those_of_the_latest_update(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "history" / "rocketchat" / "dev"
    assert last_changes(tmp_path, "rocketchat", "dev") is None
    write(folder / "dev-100.history.json", {"resourceChanges": {"create": 25}})
    assert last_changes(tmp_path, "rocketchat", "dev") == {"create": 25}
    write(folder / "dev-200.history.json", {"resourceChanges": {"same": 25}})
    write(folder / "dev-200.checkpoint.json", {})
    assert last_changes(tmp_path, "rocketchat", "dev") == {"same": 25}
    write(folder / "dev-300.history.json", {"result": "failed"})
    assert last_changes(tmp_path, "rocketchat", "dev") == {}
    (folder / "dev-400.history.json").write_text("{", encoding="utf-8")
    assert last_changes(tmp_path, "rocketchat", "dev") is None


def test_the_selected_stack_is_known_where_only_one_can_be_meant(tmp_path: Path) -> None:
    folder = tmp_path / "workspaces"
    assert selected_stack(tmp_path, "rocketchat") is None
    of_another = folder / f"rocketchat-x-{'a' * 40}-workspace.json"
    write(of_another, {"stacks": {"file:///backend": "organization/rocketchat-x/prod"}})
    assert selected_stack(tmp_path, "rocketchat") is None
    write(folder / f"rocketchat-{'b' * 40}-workspace.json", {"stacks": {}})
    assert selected_stack(tmp_path, "rocketchat") is None
    selected = {"stacks": {"file:///backend": "organization/rocketchat/dev"}}
    write(folder / f"rocketchat-{'b' * 40}-workspace.json", selected)
    assert selected_stack(tmp_path, "rocketchat") == "dev"
    write(folder / f"rocketchat-{'c' * 40}-workspace.json", selected)
    assert selected_stack(tmp_path, "rocketchat") is None
