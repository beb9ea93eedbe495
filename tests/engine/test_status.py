"""The status of a workspace on the real control plane."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from kubernetes import client

from tests.support.http_server import Response, serve
from tests.support.program import Program
from tests.support.second_hand import SecondHand
from tests.support.waiting import wait_for
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import Simulation
from tools.status.__main__ import HEALTHY, UNHEALTHY, UNKNOWN, main

pytestmark = pytest.mark.engine

CANARY = "canary-51c9"


class Status:
    """A deployed workspace, and the command that reports on it."""

    def __init__(self, program: Program, capsys: pytest.CaptureFixture[str]) -> None:
        self.program = program
        self._capsys = capsys

    def report(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Returns the exit code, and the report as JSON."""
        code, out, _ = self.run("--json", *arguments)
        report: dict[str, Any] = json.loads(out)
        return code, report

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Returns the exit code, stdout and stderr."""
        self._capsys.readouterr()
        code = main(["--simulated", "--stack", "test", *arguments], self.program.simulation)
        output = self._capsys.readouterr()
        return code, output.out, output.err

    def wait_until_unhealthy(self, message: str = "") -> dict[str, Any]:
        """Returns the first report that is unhealthy and contains `message`."""

        def probe() -> dict[str, Any] | None:
            code, report = self.report()
            return report if code == UNHEALTHY and message in str(report["services"]) else None

        report = wait_for(probe, f"the report never got unhealthy: {message}")
        assert report
        return report

    def service(self, report: dict[str, Any], name: str) -> dict[str, Any]:
        (service,) = [item for item in report["services"] if item["service"] == name]
        assert isinstance(service, dict)
        return service

    @contextmanager
    def api(self) -> Iterator[Any]:
        with self.program.cluster.client() as api:
            yield api


@pytest.fixture
def status(program: Program, capsys: pytest.CaptureFixture[str]) -> Status:
    program.up(replicas={"presence": 2, "nats": 3})
    return Status(program, capsys)


def test_a_healthy_workspace(status: Status, tmp_path: Path) -> None:
    code, report = status.report("--html", str(tmp_path / "status.html"))
    assert code == HEALTHY
    assert report["problems"] == []
    assert report["version"] == "8.6.1"
    presence = status.service(report, "presence")
    counts = [presence[key] for key in ("desired", "replicas", "ready", "updated")]
    assert counts == [2, 2, 2, 2]
    assert presence["version"] == "8.6.1"
    with status.api() as api:
        core: Any = client.CoreV1Api(api)
        pods = {
            pod.metadata.name: (pod.spec.node_name, pod.status.pod_ip)
            for pod in core.list_namespaced_pod(status.program.namespace).items
        }
    instances = [pod for service in report["services"] for pod in service["instances"]]
    assert {pod["pod"]: (pod["node"], pod["address"]) for pod in instances} == pods
    assert all(pod["zone"] == pod["node"].replace("node", "zone") for pod in instances)
    assert all(pod["ready"] for pod in instances)
    page = (tmp_path / "status.html").read_text()
    assert all(name in page for name in pods)
    code, out, _ = status.run()
    assert code == HEALTHY
    assert "Rocket.Chat 8.6.1 runs as configured." in out
    assert all(name in out for name in pods)


def test_another_number_of_replicas_and_another_image_are_differences(status: Status) -> None:
    second_hand = SecondHand(status.program)
    second_hand.scale("chat-presence", 5)
    mirrored = "mirror.example.com/account-service:8.6.0"
    second_hand.set_image("chat-account", "account-service", mirrored)
    code, report = status.report()
    assert code == UNHEALTHY
    differences = {item["object"]: item["message"] for item in report["differences"]}
    scaled = "scaled to 5 (by hand, by kubectl); the stack says 2"
    assert differences["Deployment/chat-presence"] == scaled
    image = "runs mirror.example.com/account-service:8.6.0 (by hand, by kubectl-set); the stack"
    assert image in differences["Deployment/chat-account"]
    _, out, _ = status.run()
    assert f"Deployment/chat-presence: {scaled}" in out
    second_hand.scale("chat-presence", 0)
    _, report = status.report()
    assert "scaled to 0 by hand; the stack says 2" in str(report["differences"])


def test_an_unready_pod_says_why(status: Status) -> None:
    with status.api() as api:
        apps: Any = client.AppsV1Api(api)
        body = {"spec": {"template": {"spec": {"nodeSelector": {"pool": "nowhere"}}}}}
        apps.patch_namespaced_deployment("chat-ddp-streamer", status.program.namespace, body)
        apps.patch_namespaced_deployment("chat-rocketchat", status.program.namespace, body)
    report = status.wait_until_unhealthy("node(s) didn't match")
    instances = status.service(report, "ddp-streamer")["instances"]
    (unready,) = [pod for pod in instances if not pod["ready"]]
    assert unready["problem"].startswith("0/3 nodes are available")


def test_a_cordoned_zone_is_a_note(status: Status) -> None:
    with status.api() as api:
        core: Any = client.CoreV1Api(api)
        core.patch_node("node-b", {"spec": {"unschedulable": True}})
        try:
            code, report = status.report()
        finally:
            core.patch_node("node-b", {"spec": {"unschedulable": None}})
    assert code == HEALTHY
    nodes = [pod["node"] for service in report["services"] for pod in service["instances"]]
    count = nodes.count("node-b")
    node, zone = report["notes"]
    assert node.startswith(f"Node node-b in zone-b is cordoned: the {count} instances on it stay")
    assert zone == "Zone zone-b accepts no new pods."


def test_a_missing_deployment_is_a_problem(status: Status) -> None:
    with status.api() as api:
        apps: Any = client.AppsV1Api(api)
        apps.delete_namespaced_deployment("chat-authorization", status.program.namespace)
    report = status.wait_until_unhealthy()
    service = status.service(report, "authorization")
    assert service["replicas"] is None
    assert service["problem"] == "Deployment/chat-authorization is missing"


def test_a_foreign_pod_with_a_services_labels_is_a_difference(status: Status) -> None:
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
    code, report = status.report()
    assert code == UNHEALTHY
    message = "has the labels of rocketchat but isn't part of the workspace: nothing controls it"
    assert {"object": "Pod/mine", "message": message} in report["differences"]


def test_without_permission_the_error_says_what_to_ask_for(
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
    kubeconfig = yaml.safe_load(status.program.cluster.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    context = kubeconfig["current-context"]
    namespace = status.program.namespace
    assert main(["--context", context, "--namespace", namespace]) == UNKNOWN
    error = capsys.readouterr().err
    assert f"You aren't allowed to list deployments in namespace {namespace}" in error
    assert "Kubernetes' own `view`" in error
    assert "Traceback" not in error


def test_without_a_stack_the_workloads_own_specs_are_desired(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(status.program.cluster.kubeconfig))
    monkeypatch.setattr("tools.status.public.httpx.get", _refuse_connection)
    context = yaml.safe_load(status.program.cluster.kubeconfig.read_text())["current-context"]
    target = ["--context", context, "--namespace", status.program.namespace, "--json"]
    assert main(target) == HEALTHY
    report = json.loads(capsys.readouterr().out)
    assert status.service(report, "presence")["desired"] == 2
    assert report["addresses"][0]["answers"] is None
    source, people = report["notes"]
    assert source == "Without --stack, the workloads' own specs are taken as desired."
    # Nothing says that this cluster is simulated, and none of its pods answers.
    assert people.startswith("The people on 1 of 1 ddp-streamers are unknown")
    assert main([*target, "--release", "other"]) == UNKNOWN
    assert "No workspace other runs in namespace" in capsys.readouterr().err
    assert main(["--context", "nowhere"]) == UNKNOWN
    assert "has no cluster for context nowhere" in capsys.readouterr().err


def test_without_a_cluster_the_error_says_how_to_start_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: rocketchat\n")
    simulation = Simulation(tmp_path, tmp_path / "simulation", Cluster(tmp_path / "cluster"))
    assert main(["--simulated", "--stack", "dev"], simulation) == UNKNOWN
    assert "There is no simulated cluster. Start it: `make up STACK=dev`" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_named(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kubeconfig = yaml.safe_load(status.program.cluster.kubeconfig.read_text())
    kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    assert main(["--context", kubeconfig["current-context"]]) == UNKNOWN
    assert "The cluster at https://127.0.0.1:1 doesn't answer" in capsys.readouterr().err


def test_a_stack_without_a_deployment_is_an_error(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.configure()
    program.stack()
    assert main(["--simulated", "--stack", "test"], program.simulation) == UNKNOWN
    assert "Stack test has nothing deployed." in capsys.readouterr().err


def test_the_workspaces_own_instances_are_matched_with_the_pods(
    status: Status,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, report = status.report()
    (monolith,) = status.service(report, "rocketchat")["instances"]
    found = _instances(_instance(monolith["address"]), _instance("10.9.9.9", connected=False))
    with serve() as server:
        server.responses = {
            "/api/info": Response('{"version": "8.6.1", "success": true}'),
            "/api/v1/instances.get": found,
            "/websocket": Response(
                status=101, headers={"Upgrade": "websocket", "Connection": "Upgrade"}
            ),
        }
        monkeypatch.setenv("ROCKETCHAT_USER_ID", "admin")
        monkeypatch.setenv("ROCKETCHAT_TOKEN", CANARY)
        code, out, err = status.run("--url", server.url, "--json")
        report = json.loads(out)
        assert code == HEALTHY
        request = server.requests["/api/v1/instances.get"]
        assert (request["X-User-Id"], request["X-Auth-Token"]) == ("admin", CANARY)
        # Everybody can read the version, so the token isn't sent.
        assert server.requests["/api/info"]["X-Auth-Token"] is None
        assert CANARY not in out + err
        assert report["workspace"][0]["pod"] == monolith["pod"]
        (instance,) = status.service(report, "rocketchat")["instances"]
        assert instance["workspace"] == "connected"
        assert "still lists 10.9.9.9, which no pod has" in str(report["notes"])
        assert report["addresses"][0]["message"] == "answers as Rocket.Chat 8.6.1"
        server.responses["/api/v1/instances.get"] = _instances()
        code, report = status.report("--url", server.url)
        assert code == UNHEALTHY
        assert "is ready, but the workspace doesn't know it" in str(report["differences"])


def _refuse_connection(*_: object, **__: object) -> None:
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


def _instances(*instances: dict[str, Any]) -> Response:
    return Response(json.dumps({"success": True, "instances": instances}))
