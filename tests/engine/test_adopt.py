"""A workspace that Helm has installed: taken over, scaled, returned to Helm, and upgraded."""

import base64
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client

from tests.support.helm import HelmWorkspace
from tests.support.helm_values import CANARY, CASES, FACTS
from tests.support.program import CHART, Program
from tools.adopt import live_objects, takeover
from tools.adopt.__main__ import main
from tools.adopt.project import Project

pytestmark = pytest.mark.engine


class Killed(BaseException):
    """Stands for a signal: no `except Exception` catches it."""


@pytest.fixture
def workspace(program: Program) -> HelmWorkspace:
    return HelmWorkspace(program)


def test_a_workspace_is_taken_over_and_returned_twice(workspace: HelmWorkspace) -> None:
    workspace.install(FACTS["per-service"])
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    replicas = workspace.config()["replicas"]
    changes = workspace.up(replicas={**replicas, "presence": 4})
    assert changes.keys() == {"same", "update"}
    assert changes["update"] == 1
    workspace.wait_until_ready()
    assert workspace.program.pods()["presence"] == 4
    assert before.items() < workspace.pods().items()
    scaled = workspace.pods()
    assert workspace.return_to_helm() == 0
    assert workspace.pods() == scaled
    assert workspace.state() == []
    assert workspace.helm("list", "--short").split() == ["chat"]
    change = "microservices.account.replicas=5"
    workspace.helm("upgrade", "chat", CHART, "--reuse-values", "--set", change)
    workspace.wait_until_ready()
    assert workspace.program.pods()["account"] == 5
    assert workspace.managers() == {"helm"}
    # Once more, from the second revision.
    before = workspace.pods()
    assert workspace.adopt("--as-is", "--stack", "again") == 0
    assert workspace.pods() == before


def test_replicas_that_were_scaled_by_hand_stay(workspace: HelmWorkspace) -> None:
    workspace.install(FACTS["monolith-nats"])
    with workspace.program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        scale = {"spec": {"replicas": 4}}
        apps.patch_namespaced_deployment_scale("chat-rocketchat", workspace.namespace, scale)
    workspace.wait_until_ready()
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert workspace.config()["replicas"]["rocketchat"] == 4


def test_secrets_are_encrypted_and_never_shown(
    workspace: HelmWorkspace,
    capfd: pytest.CaptureFixture[str],
) -> None:
    values = CASES["secrets-in-plain-sight"]
    workspace.install(values)
    assert workspace.adopt() == 0
    workspace.wait_until_ready()
    output = capfd.readouterr()
    assert CANARY not in output.out + output.err
    assert "its pods restart" in output.out
    assert workspace.files_with(CANARY) == []
    config = workspace.config()
    for key in ("mongodbUrl", "license", "registrationToken", "smtpPassword"):
        assert set(config[key]) == {"secure"}
    with workspace.program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        secret = core.read_namespaced_secret("chat-mongodb-url", workspace.namespace)
    url = base64.b64decode(secret.data["mongo-uri"]).decode()
    assert url == values["externalMongodbUrl"]
    # The chart had it in plain text there.
    assert "ROCKETCHAT_LICENSE" not in workspace.program.environment_of("chat-rocketchat")
    assert set(workspace.up()) == {"same"}


def test_a_variable_that_moves_into_a_secret_loses_its_value(workspace: HelmWorkspace) -> None:
    name = "chat-transporter"
    workspace.helm("install", "chat", CHART, "--create-namespace", values=FACTS["monolith-nats"])
    with workspace.program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        data = {"url": "monolith+nats://chat-nats:4222"}
        secret = {"metadata": {"name": name}, "stringData": data}
        core.create_namespaced_secret(workspace.namespace, secret)
    values = {
        "host": "chat.example.com",
        "existingMongodbSecret": "chat-mongodb",
        "mongodb": {"enabled": False},
        "nats": {"enabled": True, "existingSecret": {"name": name, "key": "url"}},
    }
    workspace.helm("upgrade", "chat", CHART, values=values)
    workspace.wait_until_ready()
    assert workspace.adopt() == 0
    workspace.wait_until_ready()
    assert workspace.config()["monolithFeatures"] == "enabled"
    environment = workspace.program.environment_of("chat-rocketchat")
    assert environment["TRANSPORTER"] == "monolith+nats://chat-nats:4222"
    assert workspace.managers() == {"pulumi"}


def test_the_fixes_of_the_chart_are_added_and_removed_again(workspace: HelmWorkspace) -> None:
    workspace.install(FACTS["per-service"])
    assert workspace.adopt() == 0
    workspace.wait_until_ready()
    assert any("PodDisruptionBudget" in resource["type"] for resource in workspace.state())
    assert set(workspace.up()) == {"same"}
    assert workspace.return_to_helm() == 0
    with workspace.program.cluster.client() as api:
        networking: Any = client.NetworkingV1Api(api)
        policies = networking.list_namespaced_network_policy(workspace.namespace).items
        assert policies == []
    workspace.helm("upgrade", "chat", CHART, "--reuse-values")
    workspace.wait_until_ready()


def killed_after(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which raises `Killed` after so many calls."""
    remaining = iter(range(calls))

    def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it takes
        if next(remaining, None) is None:
            raise Killed
        return function(*args, **kwargs)

    return counted


ADOPT_KILLS = {
    "before anything": (takeover.Takeover, "desired", 0),
    "changing managed fields": (live_objects, "change_managed_fields", 5),
    "applying objects": (live_objects, "apply", 9),
    "before the update": (Project, "up", 0),
    "before leaving the objects to the stack": (live_objects, "change_managed_fields", 23),
    "before copying the record": (live_objects, "create", 0),
    "between copying and deleting the record": (live_objects, "delete", 0),
}
RETURN_KILLS = {
    "restoring the records": (live_objects, "create", 1),
    "changing managed fields": (live_objects, "change_managed_fields", 3),
    "before clearing the state": (Project, "clear_state", 0),
    "before deleting the copies": (live_objects, "delete", 0),
}


def test_a_command_that_was_killed_at_any_step_can_be_repeated(
    workspace: HelmWorkspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.install(FACTS["per-service"])
    change = "podLabels.second=revision"
    workspace.helm("upgrade", "chat", CHART, "--reuse-values", "--set", change)
    workspace.wait_until_ready()
    before = workspace.pods()
    for owner, name, calls in ADOPT_KILLS.values():
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killed_after(calls, getattr(owner, name)))
            with pytest.raises(Killed):
                workspace.adopt("--as-is")
        assert workspace.pods() == before
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert workspace.managers() == {"pulumi"}
    assert set(workspace.up()) == {"same"}
    # The second time it does nothing.
    assert workspace.adopt("--as-is") == 0
    for owner, name, calls in RETURN_KILLS.values():
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killed_after(calls, getattr(owner, name)))
            with pytest.raises(Killed):
                workspace.return_to_helm()
        assert workspace.pods() == before
    assert workspace.return_to_helm() == 0
    assert workspace.helm("history", "chat", "--max", "9").count("rocketchat-7") == 2
    workspace.helm("upgrade", "chat", CHART, "--reuse-values")
    assert workspace.pods() == before


def test_an_update_that_was_killed_can_be_repeated(
    workspace: HelmWorkspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.install(FACTS["per-service"])
    before = workspace.pods()

    class KilledProcess(subprocess.Popen[str]):
        """An engine that is killed in the middle of its update."""

        def wait(self, timeout: float | None = None) -> int:
            if self.returncode is None:
                time.sleep(1)
                self.kill()
            return super().wait(timeout)

    original = Project.up

    def up(self: Project) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("tools.adopt.project.subprocess.Popen", KilledProcess)
            original(self)

    with monkeypatch.context() as patch:
        patch.setattr(Project, "up", up)
        assert workspace.adopt("--as-is") == 1
    assert workspace.helm("list", "--short").split() == ["chat"]
    backend = workspace.program.simulation.folder / "backend"
    # An engine that is killed as it writes such a file makes the state unreadable.
    assert list(backend.rglob("*.attrs")) == []
    (state,) = backend.rglob("stacks/*/chat.json")
    state.write_text(state.read_text()[:-100])
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert set(workspace.up()) == {"same"}


def test_the_error_about_an_unknown_release_names_those_that_exist(
    workspace: HelmWorkspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(FACTS["monolith-alone"])
    assert workspace.adopt("--release", "chta") == 1
    assert "the releases there: chat." in capsys.readouterr().err


def test_without_confirmation_nothing_on_the_cluster_changes(
    workspace: HelmWorkspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(FACTS["monolith-alone"])
    target = ["--simulated", "--namespace", workspace.namespace, "--chart", CHART]
    assert main(target, workspace.program.simulation) == 1
    output = capsys.readouterr()
    assert "objects stay as they are" in output.out
    assert "give --yes" in output.err
    assert workspace.managers() == {"helm"}


def test_the_config_of_another_workspace_stays_as_it_is(
    workspace: HelmWorkspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(FACTS["monolith-alone"])
    file = workspace.program.simulation.project_folder / "Pulumi.chat.yaml"
    file.write_text("config:\n  rocketchat:host: other.example.com\n")
    assert workspace.adopt() == 1
    assert "is about another workspace" in capsys.readouterr().err
    assert file.read_text() == "config:\n  rocketchat:host: other.example.com\n"
