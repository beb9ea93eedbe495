"""What a killed engine leaves behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools.errors import ToolError
from tools.simulation.interrupted import unclaimed, unlock

URN = "urn:pulumi:dev::rocketchat::rocketchat:index:RocketChat$kubernetes:"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / ".pulumi" / "locks" / "organization" / "rocketchat" / "dev" / "1.json"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture(params=["pulumi", "another"])
def working(request: pytest.FixtureRequest) -> Iterator[tuple[int, str]]:
    """A process at work, and what it is."""
    wait = "import time; time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", wait, f"/{request.param} up"])
    yield process.pid, request.param
    process.kill()
    process.wait()


def test_a_lock_of_an_ended_engine_goes(lock: Path, tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock.write_text(json.dumps({"pid": ended.pid}))
    half = lock.with_name("2.json.18eb.tmp")
    half.touch()
    unlock(tmp_path)
    assert not lock.exists()
    assert not half.exists()


def test_a_lock_of_an_engine_at_work_stays_and_one_of_a_number_used_again_goes(
    lock: Path, tmp_path: Path, working: tuple[int, str]
) -> None:
    pid, program = working
    lock.write_text(json.dumps({"pid": pid}))
    if program == "pulumi":
        with pytest.raises(ToolError, match=rf"process {pid}\) is still at work .* `kill"):
            unlock(tmp_path)
    else:
        unlock(tmp_path)
    assert lock.exists() == (program == "pulumi")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": null}'])
def test_a_lock_that_is_not_whole_goes(lock: Path, tmp_path: Path, text: str) -> None:
    lock.write_text(text)
    unlock(tmp_path)
    assert not lock.exists()


def test_a_backend_that_is_not_there_has_no_locks(tmp_path: Path) -> None:
    unlock(tmp_path / "nowhere")


def test_what_was_begun_and_is_no_longer_asked_for_is_named() -> None:
    kept = f"{URN}apps/v1:Deployment::rocketchat:chat/chat-presence"
    begun = f"{URN}networking.k8s.io/v1:Ingress::rocketchat:chat/chat-rocketchat"
    state: dict[str, Any] = {"resources": [{"urn": kept}]}
    stack: Any = SimpleNamespace(export_stack=lambda: SimpleNamespace(deployment=state))
    assert unclaimed(stack, [kept, begun]) == ["Ingress chat/chat-rocketchat"]
    assert unclaimed(stack, [kept]) == []
