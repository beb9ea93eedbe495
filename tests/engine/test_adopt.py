"""A workspace that the real helm installed: taken over, scaled, handed back, upgraded again."""

import base64
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client

from tests.support.helm import Workspace
from tests.support.helm_values import CANARY, CASES, FACTS
from tests.support.program import CHART, Program
from tools.adopt import objects, record, takeover
from tools.adopt.__main__ import main
from tools.adopt.project import Project

pytestmark = pytest.mark.engine


class Killed(BaseException):
    """As a signal would: nothing in between catches it."""


@pytest.fixture
def workspace(program: Program) -> Workspace:
    return Workspace(program)


def test_there_and_back_again(workspace: Workspace) -> None:
    workspace.install(FACTS["per-service"])
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    replicas = workspace.config()["replicas"]
    assert workspace.up(replicas={**replicas, "presence": 4}) == {"same": 22, "update": 1}
    workspace.settle()
    assert workspace.program.pods()["presence"] == 4
    assert before.items() < workspace.pods().items()
    scaled = workspace.pods()
    assert workspace.hand_back() == 0
    assert workspace.pods() == scaled
    assert workspace.state() == []
    assert workspace.helm("list", "--short").split() == ["chat"]
    change = "microservices.account.replicas=5"
    workspace.helm("upgrade", "chat", CHART, "--reuse-values", "--set", change)
    workspace.settle()
    assert workspace.program.pods()["account"] == 5
    assert workspace.managers() == {"helm"}
    # And once more, from the second revision.
    before = workspace.pods()
    assert workspace.adopt("--as-is", "--stack", "again") == 0
    assert workspace.pods() == before


def test_what_was_scaled_by_hand_stays_so(workspace: Workspace) -> None:
    workspace.install(FACTS["monolith-nats"])
    with workspace.program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        body = {"spec": {"replicas": 4}}
        apps.patch_namespaced_deployment_scale("chat-rocketchat", workspace.namespace, body)
    workspace.settle()
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert workspace.config()["replicas"]["rocketchat"] == 4


def test_secrets_are_encrypted_and_never_shown(
    workspace: Workspace,
    capfd: pytest.CaptureFixture[str],
) -> None:
    workspace.install(CASES["secrets-in-plain-sight"])
    assert workspace.adopt() == 0
    workspace.settle()
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err
    assert "its pods restart" in said.out
    assert workspace.files_with(CANARY) == []
    held = workspace.config()
    for key in ("mongodbUrl", "license", "registrationToken", "smtpPassword"):
        assert set(held[key]) == {"secure"}
    with workspace.program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        secret = core.read_namespaced_secret("chat-mongodb-url", workspace.namespace)
    assert (
        base64.b64decode(secret.data["mongo-uri"]).decode()
        == CASES["secrets-in-plain-sight"]["externalMongodbUrl"]
    )
    environment = workspace.program.environment_of("chat-rocketchat")
    # It was in plain sight there.
    assert "ROCKETCHAT_LICENSE" not in environment
    assert set(workspace.up()) == {"same"}


def test_a_variable_that_moves_into_a_secret_loses_its_value(workspace: Workspace) -> None:
    name = "chat-transporter"
    workspace.helm("install", "chat", CHART, "--create-namespace", values=FACTS["monolith-nats"])
    with workspace.program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        data = {"url": "monolith+nats://chat-nats:4222"}
        body = {"metadata": {"name": name}, "stringData": data}
        core.create_namespaced_secret(workspace.namespace, body)
    kept = {"enabled": True, "existingSecret": {"name": name, "key": "url"}}
    values = {"host": "chat.example.com", "existingMongodbSecret": "chat-mongodb"}
    workspace.helm(
        "upgrade",
        "chat",
        CHART,
        values={**values, "mongodb": {"enabled": False}, "nats": kept},
    )
    workspace.settle()
    assert workspace.adopt() == 0
    workspace.settle()
    assert workspace.config()["monolithFeatures"] == "enabled"
    found = workspace.program.environment_of("chat-rocketchat")
    assert found["TRANSPORTER"] == "monolith+nats://chat-nats:4222"
    assert workspace.managers() == {"pulumi"}


def test_resilience_comes_with_it_unless_as_is(workspace: Workspace) -> None:
    workspace.install(FACTS["per-service"])
    assert workspace.adopt() == 0
    workspace.settle()
    assert any("PodDisruptionBudget" in one["type"] for one in workspace.state())
    assert set(workspace.up()) == {"same"}
    assert workspace.hand_back() == 0
    with workspace.program.cluster.client() as api:
        policies: Any = client.NetworkingV1Api(api)
        assert policies.list_namespaced_network_policy(workspace.namespace).items == []
    workspace.helm("upgrade", "chat", CHART, "--reuse-values")
    workspace.settle()


def nth(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, dying in place of the `calls`-th call."""
    left = iter(range(calls))

    def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes
        if next(left, None) is None:
            raise Killed
        return function(*arguments, **named)

    return counted


KILLS = {
    "before anything": (takeover.Takeover, "wanted", 0),
    "in the handover": (objects, "own", 5),
    "in the apply": (objects, "apply", 9),
    "before the update": (Project, "up", 0),
    "before they are left alone": (objects, "own", 23),
    "before the copy": (record, "_create", 0),
    "between copy and original": (record, "_delete", 0),
}


def test_killed_at_every_step_it_goes_on(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.install(FACTS["per-service"])
    change = "podLabels.second=revision"
    workspace.helm("upgrade", "chat", CHART, "--reuse-values", "--set", change)
    workspace.settle()
    before = workspace.pods()
    for where, name, calls in KILLS.values():
        with monkeypatch.context() as patch:
            patch.setattr(where, name, nth(calls, getattr(where, name)))
            with pytest.raises(Killed):
                workspace.adopt("--as-is")
        assert workspace.pods() == before
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert workspace.managers() == {"pulumi"}
    assert set(workspace.up()) == {"same"}
    # Done once more, it says so and does nothing.
    assert workspace.adopt("--as-is") == 0
    for where, name, calls in (
        (record, "_create", 1),
        (objects, "own", 3),
        (Project, "forget", 0),
        (record, "_delete", 0),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, nth(calls, getattr(where, name)))
            with pytest.raises(Killed):
                workspace.hand_back()
        assert workspace.pods() == before
    assert workspace.hand_back() == 0
    assert workspace.helm("history", "chat", "--max", "9").count("rocketchat-7") == 2
    workspace.helm("upgrade", "chat", CHART, "--reuse-values")
    assert workspace.pods() == before


def test_an_update_that_is_killed_goes_on(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.install(FACTS["per-service"])
    before = workspace.pods()

    class Shot(subprocess.Popen[str]):
        """An engine that is killed in the middle of its update."""

        def wait(self, timeout: float | None = None) -> int:
            if self.returncode is None:
                time.sleep(1.8)
                self.kill()
            return super().wait(timeout)

    real = Project.up

    def up(self: Project) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("tools.adopt.project.subprocess.Popen", Shot)
            real(self)

    with monkeypatch.context() as patch:
        patch.setattr(Project, "up", up)
        assert workspace.adopt("--as-is") == 1
    assert workspace.helm("list", "--short").split() == ["chat"]
    backend = workspace.program.workspace.folder / "backend"
    # Where there is such a file, a kill between its making and its writing ends all reading.
    assert list(backend.rglob("*.attrs")) == []
    (state,) = backend.rglob("stacks/*/chat.json")
    state.write_text(state.read_text()[:-100])
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert set(workspace.up()) == {"same"}


def test_without_a_release_it_names_those_that_are_there(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(FACTS["monolith-alone"])
    assert workspace.adopt("--release", "chta") == 1
    assert "the releases there: chat." in capsys.readouterr().err


def test_without_a_yes_nothing_on_the_cluster_changes(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(FACTS["monolith-alone"])
    place = ["--simulated", "--namespace", workspace.namespace, "--chart", CHART]
    assert main(place, workspace.program.workspace) == 1
    said = capsys.readouterr()
    assert "objects are taken over as they are" in said.out
    assert "give --yes" in said.err
    assert workspace.managers() == {"helm"}


def test_the_config_of_another_workspace_is_left_alone(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(FACTS["monolith-alone"])
    file = workspace.program.workspace.project_folder / "Pulumi.chat.yaml"
    file.write_text("config:\n  rocketchat:host: other.example.com\n")
    assert workspace.adopt() == 1
    assert "is about another workspace" in capsys.readouterr().err
    assert file.read_text() == "config:\n  rocketchat:host: other.example.com\n"
