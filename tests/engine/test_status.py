"""What a person reads of a workspace, on the real control plane."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import yaml
from kubernetes import client

from tests.support.program import Program
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import Workspace
from tools.status.__main__ import DOESNT, RUNS, UNKNOWN, main

pytestmark = pytest.mark.engine

CANARY = "canary-51c9"


class Status:
    """One workspace that is deployed, and what is said of it."""

    def __init__(self, program: Program, capsys: pytest.CaptureFixture[str]) -> None:
        self.program = program
        self._capsys = capsys

    def ask(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """The exit code, and the report as JSON."""
        code, said, _ = self.say("--json", *arguments)
        report: dict[str, Any] = json.loads(said)
        return code, report

    def say(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main(["--simulated", "--stack", "test", *arguments], self.program.workspace)
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def settle(self, code: int) -> dict[str, Any]:
        """The report as soon as the exit code is `code`."""
        deadline = time.monotonic() + 30
        while True:
            came, report = self.ask()
            if came == code:
                return report
            assert time.monotonic() < deadline, report["troubles"]
            time.sleep(0.3)

    def service(self, report: dict[str, Any], name: str) -> dict[str, Any]:
        (found,) = [one for one in report["services"] if one["service"] == name]
        service: dict[str, Any] = found
        return service

    @contextmanager
    def api(self) -> Iterator[Any]:
        with self.program.cluster.client() as api:
            yield api


@pytest.fixture
def status(program: Program, capsys: pytest.CaptureFixture[str]) -> Status:
    program.up(replicas={"presence": 2, "nats": 3})
    return Status(program, capsys)


def test_healthy(status: Status, tmp_path: Path) -> None:
    code, report = status.ask("--html", str(tmp_path / "status.html"))
    assert code == RUNS
    assert report["troubles"] == []
    assert report["version"] == "8.6.1"
    presence = status.service(report, "presence")
    numbers = (presence["asked"], presence["running"], presence["ready"], presence["updated"])
    assert numbers == (2, 2, 2, 2)
    assert presence["version"] == "8.6.1"
    with status.api() as api:
        core: Any = client.CoreV1Api(api)
        pods = {
            pod.metadata.name: (pod.spec.node_name, pod.status.pod_ip)
            for pod in core.list_namespaced_pod(status.program.namespace).items
        }
    instances = [each for one in report["services"] for each in one["instances"]]
    assert {each["pod"]: (each["node"], each["address"]) for each in instances} == pods
    assert all(each["zone"] == each["node"].replace("node", "zone") for each in instances)
    assert all(each["ready"] for each in instances)
    page = (tmp_path / "status.html").read_text()
    assert all(each["pod"] in page for each in instances)
    code, said, _ = status.say()
    assert code == RUNS
    assert "Rocket.Chat 8.6.1 runs as it was asked for." in said
    assert all(name in said for name in pods)


def test_scaled_by_hand_and_another_image(status: Status) -> None:
    namespace = status.program.namespace
    with status.api() as api:
        apps: Any = client.AppsV1Api(api)
        body = {"spec": {"replicas": 5}}
        apps.patch_namespaced_deployment_scale("chat-presence", namespace, body)
        image = {"name": "account-service", "image": "mirror.example.com/account-service:8.6.0"}
        pods = {"spec": {"template": {"spec": {"containers": [image]}}}}
        apps.patch_namespaced_deployment("chat-account", namespace, pods)
    code, report = status.ask()
    assert code == DOESNT
    differences = {one["what"]: one["words"] for one in report["differences"]}
    assert differences["Deployment/chat-presence"] == "scaled to 5; asked for 2"
    assert "runs mirror.example.com/account-service:8.6.0" in differences["Deployment/chat-account"]
    _, said, _ = status.say()
    assert "Deployment/chat-presence: scaled to 5; asked for 2" in said
    with status.api() as api:
        apps = client.AppsV1Api(api)
        body = {"spec": {"replicas": 0}}
        apps.patch_namespaced_deployment_scale("chat-presence", namespace, body)
    _, report = status.ask()
    assert "scaled to 0; asked for 2" in str(report["differences"])


def test_pods_that_never_get_ready(status: Status) -> None:
    with status.api() as api:
        apps: Any = client.AppsV1Api(api)
        body = {"spec": {"template": {"spec": {"nodeSelector": {"pool": "nowhere"}}}}}
        apps.patch_namespaced_deployment("chat-ddp-streamer", status.program.namespace, body)
        apps.patch_namespaced_deployment("chat-rocketchat", status.program.namespace, body)
    report = status.settle(DOESNT)
    deadline = time.monotonic() + 30
    while "node(s) didn't match" not in str(report["services"]):
        assert time.monotonic() < deadline
        report = status.settle(DOESNT)
    (waiting,) = [
        each for each in status.service(report, "ddp-streamer")["instances"] if not each["ready"]
    ]
    assert waiting["trouble"].startswith("0/3 nodes are available")


def test_a_cordoned_zone(status: Status) -> None:
    with status.api() as api:
        core: Any = client.CoreV1Api(api)
        core.patch_node("node-b", {"spec": {"unschedulable": True}})
        try:
            code, report = status.ask()
        finally:
            core.patch_node("node-b", {"spec": {"unschedulable": None}})
    # What runs there goes on running.
    assert code == RUNS
    here = sum(each["node"] == "node-b" for one in report["services"] for each in one["instances"])
    node, zone = report["notes"]
    assert node.startswith(f"Node node-b in zone-b is cordoned: the {here} instances there stay")
    assert zone == "Zone zone-b takes no new pods."


def test_a_missing_deployment(status: Status) -> None:
    with status.api() as api:
        apps: Any = client.AppsV1Api(api)
        apps.delete_namespaced_deployment("chat-authorization", status.program.namespace)
    report = status.settle(DOESNT)
    service = status.service(report, "authorization")
    assert (service["running"], service["trouble"]) == (
        None,
        "Deployment/chat-authorization is missing",
    )


def test_a_pod_that_only_passes_for_ours(status: Status) -> None:
    labels = {
        "app.kubernetes.io/name": "rocketchat",
        "app.kubernetes.io/instance": "chat",
    }
    contained = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    unprivileged = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    body = {
        "metadata": {"name": "mine", "labels": labels},
        "spec": {
            "containers": [{"name": "a", "image": "a", "securityContext": contained}],
            "securityContext": unprivileged,
        },
    }
    with status.api() as api:
        core: Any = client.CoreV1Api(api)
        core.create_namespaced_pod(status.program.namespace, body)
    code, report = status.ask()
    assert code == DOESNT
    words = "passes for rocketchat and isn't the stack's: it runs on its own"
    assert {"what": "Pod/mine", "words": words} in report["differences"]


def test_nobody_may_list_pods(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with status.api() as api:
        core: Any = client.CoreV1Api(api)
        body = {"spec": {"audiences": None}}
        token = core.create_namespaced_service_account_token(
            "default", status.program.namespace, body
        ).status.token
    held = yaml.safe_load(status.program.cluster.kubeconfig.read_text())
    held["users"][0]["user"] = {"token": token}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(held))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    context = held["current-context"]
    code = main(["--context", context, "--namespace", status.program.namespace])
    said = capsys.readouterr()
    assert code == UNKNOWN
    assert f"You may not list deployments in namespace {status.program.namespace}" in said.err
    assert "Kubernetes' own `view`" in said.err
    assert "Traceback" not in said.err


def test_without_a_stack_the_cluster_is_all_there_is(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(status.program.cluster.kubeconfig))
    monkeypatch.setattr("tools.status.public.httpx.get", _refused)
    context = yaml.safe_load(status.program.cluster.kubeconfig.read_text())["current-context"]
    place = ["--context", context, "--namespace", status.program.namespace, "--json"]
    assert main(place) == RUNS
    report = json.loads(capsys.readouterr().out)
    assert status.service(report, "presence")["asked"] == 2
    assert report["addresses"][0]["answers"] is None
    assert report["notes"] == ["No stack was named, so nothing is known of what was meant."]
    assert main([*place, "--release", "other"]) == UNKNOWN
    assert "No workspace other runs in namespace" in capsys.readouterr().err
    assert main(["--context", "nowhere"]) == UNKNOWN
    assert "gives no cluster for context nowhere" in capsys.readouterr().err


def test_no_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: rocketchat\n")
    nothing = Workspace(tmp_path, tmp_path / "simulation", Cluster(tmp_path / "cluster"))
    assert main(["--simulated", "--stack", "dev"], nothing) == UNKNOWN
    assert "There is no simulated cluster. Start it: `make up STACK=dev`" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = yaml.safe_load(status.program.cluster.kubeconfig.read_text())
    held["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(held))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    assert main(["--context", held["current-context"]]) == UNKNOWN
    assert "The cluster at https://127.0.0.1:1 doesn't answer" in capsys.readouterr().err


def test_a_stack_that_is_not_deployed(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    program.configure()
    program.stack()
    assert main(["--simulated", "--stack", "test"], program.workspace) == UNKNOWN
    assert "Stack test has nothing deployed." in capsys.readouterr().err


def test_what_the_workspace_says_is_matched_with_the_pods(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, report = status.ask()
    (monolith,) = status.service(report, "rocketchat")["instances"]
    answer = {
        "success": True,
        "instances": [_instance(monolith["address"]), _instance("10.9.9.9", connected=False)],
    }
    with _rocketchat(answer) as (url, asked):
        monkeypatch.setenv("ROCKETCHAT_USER_ID", "admin")
        monkeypatch.setenv("ROCKETCHAT_TOKEN", CANARY)
        code, said, errors = status.say("--url", url, "--json")
        report = json.loads(said)
        assert code == RUNS
        assert asked["/api/v1/instances.get"] == ("admin", CANARY)
        # Everybody may ask for the version, and nobody is told the token for that.
        assert asked["/api/info"] == (None, None)
        assert CANARY not in said + errors
        assert report["workspace"][0]["pod"] == monolith["pod"]
        (seen,) = status.service(report, "rocketchat")["instances"]
        assert seen["workspace"] == "connected"
        assert "still lists 10.9.9.9, which no pod has" in str(report["notes"])
        assert report["addresses"][0]["words"] == "answers as Rocket.Chat 8.6.1"
        answer["instances"] = []
        code, report = status.ask("--url", url)
        assert code == DOESNT
        assert "is ready, and the workspace doesn't know it" in str(report["differences"])


def _refused(*_: object, **__: object) -> None:
    raise httpx.ConnectError("refused")


def _instance(address: str, *, connected: bool = True) -> dict[str, Any]:
    """As https://developer.rocket.chat/apidocs/get-instances documents it."""
    return {
        "address": address,
        "currentStatus": {"connected": connected, "lastHeartbeatTime": 16, "local": connected},
        "instanceRecord": {
            "_id": f"id-{address}",
            "_createdAt": "2026-05-22T11:14:11.845Z",
            "_updatedAt": "2026-07-05T02:55:40.526Z",
            "extraInformation": {"host": address, "port": "3000", "tcpPort": 46443},
            "name": "rocket.chat",
            "pid": 1,
        },
        "broadcastAuth": True,
    }


@contextmanager
def _rocketchat(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A server that answers as Rocket.Chat does, and notes who asked."""
    asked: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] = (self.headers["X-User-Id"], self.headers["X-Auth-Token"])
            bodies = {
                "/api/info": {"version": "8.6.1", "success": True},
                "/api/v1/instances.get": answer,
            }
            if self.path == "/websocket":
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.end_headers()
                return
            self.send_response(200 if self.path in bodies else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(bodies.get(self.path, {})).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
