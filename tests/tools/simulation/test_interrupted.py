"""Cleaning up after an engine that was killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.simulation.interrupted import remove_stale_locks, unmanaged_objects

URN = "urn:pulumi:dev::rocketchat::rocketchat:index:RocketChat$kubernetes:"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / ".pulumi" / "locks" / "organization" / "rocketchat" / "dev" / "1.json"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture(params=["pulumi", "another"])
def running_process(request: pytest.FixtureRequest) -> Iterator[tuple[int, str]]:
    """The ID of a running process, and its program."""
    wait = "import time; time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", wait, f"/{request.param} up"])
    yield process.pid, request.param
    process.kill()
    process.wait()


def test_the_lock_of_an_ended_engine_is_removed(lock: Path, tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock.write_text(json.dumps({"pid": ended.pid}))
    partial = lock.with_name("2.json.18eb.tmp")
    partial.touch()
    remove_stale_locks(tmp_path)
    assert not lock.exists()
    assert not partial.exists()


def test_only_the_lock_of_a_running_engine_stays(
    lock: Path, tmp_path: Path, running_process: tuple[int, str]
) -> None:
    pid, program = running_process
    lock.write_text(json.dumps({"pid": pid}))
    if program == "pulumi":
        with pytest.raises(ToolError, match=rf"process {pid}\) is still working .* `kill"):
            remove_stale_locks(tmp_path)
    else:
        remove_stale_locks(tmp_path)
    assert lock.exists() == (program == "pulumi")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": null}'])
def test_an_incomplete_lock_is_removed(lock: Path, tmp_path: Path, text: str) -> None:
    lock.write_text(text)
    remove_stale_locks(tmp_path)
    assert not lock.exists()


def test_a_missing_backend_has_no_locks(tmp_path: Path) -> None:
    remove_stale_locks(tmp_path / "nowhere")


def test_an_interrupted_creation_that_the_stack_lacks_is_named() -> None:
    managed = f"{URN}apps/v1:Deployment::rocketchat:chat/chat-presence"
    unmanaged = f"{URN}networking.k8s.io/v1:Ingress::rocketchat:chat/chat-rocketchat"
    state = {"deployment": {"resources": [{"urn": managed}]}}
    assert unmanaged_objects(state, [managed, unmanaged]) == ["Ingress chat/chat-rocketchat"]
    assert unmanaged_objects(state, [managed]) == []
