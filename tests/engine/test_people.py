"""The people on ddp-streamers that answer as the images do, asked through a real API server."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kube.paths import collection_path
from tests.support.pod_network import PodNetwork, networked_cluster
from tests.support.program import Program
from tests.support.prometheus import METRICS
from tools.report.__main__ import main as report_main
from tools.report.report import ExitCode
from tools.status.__main__ import HEALTHY, UNHEALTHY, main

pytestmark = pytest.mark.engine

PORT = 9458


class Workspace:
    """A deployed workspace whose ddp-streamers have people."""

    def __init__(self, program: Program, network: PodNetwork) -> None:
        self.program = program
        self._network = network

    def connect(self, *people: int | None) -> None:
        """Puts people on each ddp-streamer; None is one that nobody has ever connected to."""
        with self.program.cluster.api() as api:
            pods = api.items(collection_path("v1", "Pod", self.program.namespace))
        streamers = [
            pod["status"]["podIP"]
            for pod in pods
            if pod["metadata"]["name"].startswith("chat-ddp-streamer-")
        ]
        for address, number in zip(streamers, people, strict=True):
            name = "presence" if number is None else "ddp-streamer"
            text = (METRICS / f"{name}.txt").read_text(encoding="utf-8")
            sample = 'users_connected{namespace="",nodeID="ddp-1"} '
            self._network.answer(
                address, PORT, "/metrics", text.replace(f"{sample}5", f"{sample}{number}")
            )


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with networked_cluster(tmp_path) as (cluster, network):
        program = Program(tmp_path, cluster)
        program.up(replicas={"ddpStreamer": 2})
        yield Workspace(program, network)


def test_status_counts_people_and_fails_where_they_do_not_fit(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = ["--simulated", "--stack", "test"]

    def report(*options: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main([*target, "--json", *options], workspace.program.simulation)
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, answer

    code, answer = report()
    assert (code, answer["people"]) == (HEALTHY, None)

    workspace.connect(480, None)
    page = tmp_path / "status.html"
    code, answer = report("--html", str(page))
    assert code == HEALTHY
    people = answer["people"]
    assert (people["connected"], people["capacity"], people["left"]) == (480, 1000, 520)
    assert people["unknown"] == 0
    assert "480 of 1000 people on ddp-streamers, room for 520 more" in page.read_text()

    workspace.connect(700, 401)
    code, answer = report()
    assert code == UNHEALTHY
    assert answer["people"]["left"] == -101
    assert answer["people"]["replicas"] == 3
    assert main(target, workspace.program.simulation) == UNHEALTHY
    table = " ".join(capsys.readouterr().out.split())
    assert "1101 of 1000 people on ddp-streamers, 101 too many" in table
    assert "set concurrentUsers to 1101 or more, or replicas.ddpStreamer to 3 or more" in table


def test_who_may_not_reach_pods_is_told_what_stays_unknown(
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.connect(480, 20)
    namespace = workspace.program.namespace
    accounts = collection_path("v1", "ServiceAccount", namespace)
    binding = {
        "metadata": {"name": "readers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
    }
    with workspace.program.cluster.api() as api:
        api.send(
            "POST",
            collection_path("rbac.authorization.k8s.io/v1", "RoleBinding", namespace),
            binding,
        )
        answer = api.send("POST", f"{accounts}/default/token", {"spec": {}})
    kubeconfig = yaml.safe_load(workspace.program.cluster.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": answer["status"]["token"]}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    context = kubeconfig["current-context"]
    # Nobody answers at the public address.
    main(["--context", context, "--namespace", namespace, "--url", "http://127.0.0.1:1", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["people"] is None
    (note,) = [note for note in report["notes"] if "ddp-streamers" in note]
    assert note.startswith("The people on 2 of 2 ddp-streamers are unknown, as their metrics can't")
    assert "forbidden" in note


def test_the_report_counts_the_sockets_that_an_update_closes(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = workspace.program
    for name, value in program.simulation.environment().items():
        monkeypatch.setenv(name, value)
    engine = Path(program.simulation.tools()["pulumi"]).parent
    monkeypatch.setenv("PATH", f"{engine}:{os.environ['PATH']}")
    program.configure(replicas={"ddpStreamer": 2}, image={"tag": "8.6.2"})
    folder = str(program.simulation.project_folder)

    def table(*options: str) -> str:
        code = report_main(["--stack", "test", "--cwd", folder, *options])
        assert code == ExitCode.CHANGES
        return capsys.readouterr().out

    planned = "clients reconnect (up to 1,000 sockets, as planned)"
    assert planned in table("--people")
    workspace.connect(480, None)
    assert "clients reconnect (480 sockets, as counted)" in table("--people")
    assert planned in table()
