"""A workspace that the real helm installed: taken over, scaled, handed back, upgraded again."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from tests.engine.conftest import CHART, Program
from tools.adopt import objects, record, takeover
from tools.adopt.__main__ import main
from tools.adopt.project import Project
from tools.toolchain import ensure

pytestmark = pytest.mark.engine

KEPT = Path(__file__).parents[1] / "simulation" / "facts"
SHARED = Path(os.environ.get("ROCKETCHAT_CHART_FACTS", KEPT)) / "7.0.2"
FACTS = {
    path.name.removesuffix(".values.yaml"): path
    for folder in (KEPT, SHARED)
    for path in sorted(folder.glob("*.values.yaml"))
}
AS_IS = [
    name
    for name in (
        "defaults",
        "external-nats",
        "global-two",
        "ignored-keys",
        "image-tag",
        "ingress-tls",
        "load-balancer",
        "monolith-alone",
        "monolith-nats",
        "no-metrics",
        "per-service",
        "uploads-volume",
    )
    if name in FACTS
]
"""The cases that hold no secret in plain sight and nothing that an input puts otherwise."""
LEFT = {"monolith-alone": {"helm"}}
"""The chart runs a NATS there that no monolith uses; it stays behind."""
CANARY = "canary-7d1f"


class Killed(BaseException):
    """As a signal would: nothing in between catches it."""


class Workspace:
    """A release of helm's in a namespace of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.namespace = program.namespace
        self._helm = str(ensure(["helm"])["helm"])

    def helm(self, *arguments: str, values: dict[str, Any] | None = None) -> str:
        place = [
            "--namespace",
            self.namespace,
            "--kubeconfig",
            str(self.program.cluster.kubeconfig),
        ]
        done = subprocess.run(
            [self._helm, *arguments, *place, *(["--values", "-"] if values is not None else [])],
            input=yaml.safe_dump(values),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, values: dict[str, Any]) -> None:
        self.helm("install", "chat", CHART, "--create-namespace", values=values)
        self.settle()

    def settle(self) -> None:
        """Waits until as many pods are ready as were asked for."""
        deadline = time.monotonic() + 60
        while not self._settled():
            assert time.monotonic() < deadline, "the pods don't get ready"
            time.sleep(0.2)

    def adopt(self, *arguments: str) -> int:
        place = ["--simulated", "--release", "chat", "--namespace", self.namespace]
        return main([*place, "--chart", CHART, "--yes", *arguments], self.program.workspace)

    def hand_back(self) -> int:
        return self.adopt("--hand-back")

    def pods(self) -> dict[str, str]:
        """The pods' UIDs by name."""
        with self.program.cluster.client() as api:
            core: Any = client.CoreV1Api(api)
            found = core.list_namespaced_pod(self.namespace).items
        return {
            pod.metadata.name: pod.metadata.uid
            for pod in found
            if pod.metadata.deletion_timestamp is None
        }

    def managers(self) -> set[str]:
        """Who owns fields of the workloads, less the control plane."""
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            found = [
                *apps.list_namespaced_deployment(self.namespace).items,
                *apps.list_namespaced_stateful_set(self.namespace).items,
            ]
        return {
            entry.manager.split("-")[0]
            for one in found
            for entry in one.metadata.managed_fields
            if entry.subresource is None
        }

    def annotations(self) -> str:
        """All annotations of all Deployments, as text."""
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            found = apps.list_namespaced_deployment(self.namespace).items
        return json.dumps([one.metadata.annotations for one in found])

    def up(self, **config: object) -> dict[str, int]:
        """`pulumi up` on what the takeover has written, with `config` changed; the changes."""
        file = self.program.workspace.project_folder / "Pulumi.chat.yaml"
        held = yaml.safe_load(file.read_text())
        held["config"] |= {f"rocketchat:{key}": config[key] for key in config}
        file.write_text(yaml.safe_dump(held))
        result = self.program.workspace.stack("chat").up()
        return {
            str(kind): number for kind, number in (result.summary.resource_changes or {}).items()
        }

    def state(self) -> list[dict[str, Any]]:
        """The resources in the stack's state."""
        deployment = self.program.workspace.stack("chat").export_stack().deployment
        return list((deployment or {}).get("resources", []))

    def config(self) -> dict[str, Any]:
        """The config that people keep."""
        file = self.program.checkout / "Pulumi.chat.yaml"
        held: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
        return {key.removeprefix("rocketchat:"): value for key, value in held.items()}

    def _settled(self) -> bool:
        with self.program.cluster.client() as api:
            apps: Any = client.AppsV1Api(api)
            found = [
                *apps.list_namespaced_deployment(self.namespace).items,
                *apps.list_namespaced_stateful_set(self.namespace).items,
            ]
        return all(
            one.status.observed_generation == one.metadata.generation
            and (one.status.ready_replicas or 0) == one.spec.replicas
            and (one.status.updated_replicas or 0) == one.spec.replicas
            for one in found
        )


@pytest.fixture
def workspace(program: Program) -> Workspace:
    return Workspace(program)


def values_of(case: str) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(FACTS[case].read_text())
    return values


@pytest.mark.parametrize("case", AS_IS)
def test_as_is_the_same_pods_run_and_all_is_pulumis(workspace: Workspace, case: str) -> None:
    workspace.install(values_of(case))
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert workspace.managers() == {"pulumi"} | LEFT.get(case, set())
    assert "patchForce" not in workspace.annotations()
    assert "chat" not in workspace.helm("list", "--short")
    assert set(workspace.up()) == {"same"}
    assert workspace.pods() == before


def test_there_and_back_again(workspace: Workspace) -> None:
    workspace.install(values_of("per-service"))
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
    workspace.install(values_of("monolith-nats"))
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
    url = f"mongodb://chat:{CANARY}@db.example.com/rocketchat"
    workspace.install(
        {
            "host": "chat.example.com",
            "mongodb": {"enabled": False},
            "externalMongodbUrl": url,
            "license": f"license-{CANARY}",
            "registrationToken": f"token-{CANARY}",
            "smtp": {
                "enabled": True,
                "host": "mail.example.com",
                "username": "chat",
                "password": f"mail-{CANARY}",
            },
        },
    )
    assert workspace.adopt() == 0
    workspace.settle()
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err
    assert "its pods restart" in said.out
    files = [
        file
        for folder in (workspace.program.checkout, workspace.program.workspace.folder)
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink() and "cluster" not in file.parts
    ]
    assert files
    assert [file for file in files if CANARY.encode() in file.read_bytes()] == []
    held = workspace.config()
    for key in ("mongodbUrl", "license", "registrationToken", "smtpPassword"):
        assert set(held[key]) == {"secure"}
    with workspace.program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        secret = core.read_namespaced_secret("chat-mongodb-url", workspace.namespace)
    assert base64.b64decode(secret.data["mongo-uri"]).decode() == url
    environment = workspace.program.environment_of("chat-rocketchat")
    # It was in plain sight there.
    assert "ROCKETCHAT_LICENSE" not in environment
    assert set(workspace.up()) == {"same"}


def test_a_variable_that_moves_into_a_secret_loses_its_value(workspace: Workspace) -> None:
    name = "chat-transporter"
    workspace.helm(
        "install", "chat", CHART, "--create-namespace", values=values_of("monolith-nats")
    )
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
    assert workspace.adopt("--as-is") == 0
    assert workspace.config()["monolithFeatures"] == "enabled"
    found = workspace.program.environment_of("chat-rocketchat")
    assert found["TRANSPORTER"] == "monolith+nats://chat-nats:4222"
    assert workspace.managers() == {"pulumi"}


def test_resilience_comes_with_it_unless_as_is(workspace: Workspace) -> None:
    workspace.install(values_of("per-service"))
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
    workspace.install(values_of("per-service"))
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
    workspace.install(values_of("per-service"))
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
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert set(workspace.up()) == {"same"}


def test_without_a_release_it_names_those_that_are_there(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(values_of("monolith-alone"))
    assert workspace.adopt("--release", "chta") == 1
    assert "the releases there: chat." in capsys.readouterr().err


def test_without_a_yes_nothing_on_the_cluster_changes(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.install(values_of("monolith-alone"))
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
    workspace.install(values_of("monolith-alone"))
    file = workspace.program.workspace.project_folder / "Pulumi.chat.yaml"
    file.write_text("config:\n  rocketchat:host: other.example.com\n")
    assert workspace.adopt() == 1
    assert "is about another workspace" in capsys.readouterr().err
    assert file.read_text() == "config:\n  rocketchat:host: other.example.com\n"
