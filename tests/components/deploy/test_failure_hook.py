"""The hook that says why an update fails."""

import asyncio
import time
from typing import Any

import pulumi
import pytest

from components.deploy import failure_hook
from components.deploy.failure_hook import TITLE, FailureHook
from components.failures.snapshot import Snapshot

OURS = "pulumi-kubernetes-test"


def workload(name: str, manager: str = OURS) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": "chat",
            "annotations": {"pulumi.com/patchFieldManager": manager},
        },
        "spec": {"replicas": 1},
        "status": {
            "conditions": [
                {"type": "ReplicaFailure", "status": "True", "message": f"exceeded quota: {name}"}
            ]
        },
    }


class Failing:
    """An update whose objects fail, and what the hook logs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.snapshot = Snapshot(workloads=[workload("chat-account"), workload("theirs", "helm")])
        self.seconds = 0.0
        self.reads = 0
        self.errors: list[str] = []
        self.raises: Exception | None = None
        monkeypatch.setattr(pulumi.log, "error", self.errors.append)
        monkeypatch.setattr(pulumi.log, "debug", lambda _: None)

    def read(self, namespace: str) -> Snapshot:
        assert namespace == "chat"
        self.reads += 1
        time.sleep(self.seconds)
        if self.raises is not None:
            raise self.raises
        return self.snapshot

    def fail(self, *names: str) -> None:
        async def run() -> None:
            hook = FailureHook("chat", OURS, self.read)
            results = [hook(arguments(name)) for name in names]
            assert await asyncio.gather(*results) == [False] * len(names)

        # `asyncio.run` would leave the thread without the loop that Pulumi's Outputs need.
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(run())


def arguments(name: str) -> pulumi.ErrorHookArgs:
    metadata = {"name": name, "namespace": "chat"}
    return pulumi.ErrorHookArgs(
        urn="urn",
        id="",
        name=f"rocketchat:chat/{name}",
        type="kubernetes:apps/v1:Deployment",
        new_inputs={"metadata": metadata},
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    return Failing(monkeypatch)


def test_the_reason_is_reported_and_nothing_about_others_objects(failing: Failing) -> None:
    failing.fail("chat-account")
    (error,) = failing.errors
    assert error.startswith(
        f"{TITLE}\nDeployment/chat-account (0 of 1 ready):\n  exceeded quota: chat-account.\n"
    )
    assert "theirs" not in error


def test_each_object_is_reported_once(failing: Failing) -> None:
    failing.snapshot = Snapshot(workloads=[workload("chat-account"), workload("chat-presence")])
    failing.fail("chat-account", "chat-presence")
    (error,) = failing.errors
    assert error.count("chat-presence (") == 1


def test_a_cluster_that_cannot_be_read_leaves_the_engines_error_alone(failing: Failing) -> None:
    failing.raises = RuntimeError("no kubeconfig")
    failing.fail("chat-account", "chat-presence", "chat-nats")
    assert failing.errors == []
    assert failing.reads == 1


def test_a_cluster_that_does_not_answer_is_not_waited_for(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure_hook, "SECONDS", 0.1)
    failing.seconds = 2
    started = time.monotonic()
    failing.fail("chat-account", "chat-presence")
    assert time.monotonic() - started < 1.5
    assert failing.errors == []


def test_an_object_that_is_not_ours_is_not_reported(failing: Failing) -> None:
    failing.snapshot = Snapshot(workloads=[workload("chat-account", "pulumi-kubernetes-other")])
    failing.fail("chat-account")
    assert failing.errors == []
