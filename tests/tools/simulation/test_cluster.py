"""The simulated cluster, for those who start it and those who deploy to it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient

from tests.support.waiting import wait_for
from tools.errors import ToolError
from tools.simulation import definition, processes
from tools.simulation.cluster import Cluster
from tools.simulation.definition import COMPONENTS
from tools.toolchain import CACHE_VARIABLE, cache_folder, ensure

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120), pytest.mark.xdist_group("cluster")]

Json = dict[str, Any]


class Api:
    """The cluster's API with paths and JSON."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    def send(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        url = f"{self.client.configuration.host}{path}"
        response = self.client.call_api(method, url, {"Content-Type": kind}, body)
        answer: Json = json.loads(response.response.data)
        return response.status, answer

    def __call__(self, method: str, path: str, body: Json | None = None) -> Json:
        status, answer = self.send(method, path, body)
        assert status < 300, answer
        return answer


@contextmanager
def api_of(cluster: Cluster) -> Iterator[Api]:
    with cluster.client() as client:
        yield Api(client)


def home(cluster: Cluster) -> Path:
    """Where kwokctl keeps the cluster."""
    return cluster.kubeconfig.parent / ".kwok" / "clusters" / "simulation"


def running(cluster: Cluster) -> dict[str, int]:
    return {
        process.program: process.pid for process in processes.in_folder(cluster.kubeconfig.parent)
    }


def listening(pids: set[int]) -> set[str]:
    """Returns the addresses that processes listen on, as the kernel writes them."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            sockets.add(str(handle.readlink()).removeprefix("socket:[").removesuffix("]"))
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and rest[5] in sockets:
                addresses.add(local.partition(":")[0])
    return addresses


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("100% a c#éck-out") / ".simulation")
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


@pytest.fixture
def api(cluster: Cluster) -> Iterator[Api]:
    with api_of(cluster) as api:
        yield api


@pytest.fixture
def namespace(api: Api, request: pytest.FixtureRequest) -> str:
    """The path of the test's own namespace, without the API group."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-60:].strip("-")
    api("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    path = f"namespaces/{name}"
    wait_for(lambda: api("GET", f"/api/v1/{path}/serviceaccounts")["items"])
    return path


def pod_spec() -> Json:
    return {"containers": [{"name": "web", "image": "registry.example/web:1"}]}


def deployment(replicas: int) -> Json:
    return {
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec()},
        },
    }


def deploy(api: Api, namespace: str, replicas: int, seconds: float = 20) -> str:
    """Creates a Deployment, waits until its pods are ready, and returns its path."""
    api("POST", f"/apis/apps/v1/{namespace}/deployments", deployment(replicas))
    path = f"/apis/apps/v1/{namespace}/deployments/web"
    wait_for(lambda: api("GET", path)["status"].get("readyReplicas") == replicas, seconds=seconds)
    return path


def pods(api: Api, namespace: str) -> list[Json]:
    items: list[Json] = api("GET", f"/api/v1/{namespace}/pods")["items"]
    return items


def ready(pod: Json) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def test_has_three_ready_nodes_in_three_zones(api: Api) -> None:
    nodes = api("GET", "/api/v1/nodes")["items"]
    assert all(map(ready, nodes))
    labels = [node["metadata"]["labels"] for node in nodes]
    assert [item["topology.kubernetes.io/zone"] for item in labels] == [
        "zone-a",
        "zone-b",
        "zone-c",
    ]
    assert [item["kubernetes.io/hostname"] for item in labels] == ["node-a", "node-b", "node-c"]


def test_listens_on_loopback_only(cluster: Cluster) -> None:
    pids = running(cluster)
    assert set(pids) == set(COMPONENTS)
    assert listening(set(pids.values())) == {"0100007F"}


@pytest.mark.skipif(not shutil.which("ps"), reason="ps isn't installed")
def test_finds_its_processes_without_proc(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = running(cluster)
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert running(cluster) == before
    assert cluster.up() is False


def test_a_second_up_does_nothing(cluster: Cluster) -> None:
    before = running(cluster)
    assert cluster.up() is False
    assert running(cluster) == before


def test_up_creates_what_was_deleted(cluster: Cluster, api: Api) -> None:
    before = running(cluster)
    api("DELETE", "/api/v1/nodes/node-b")
    api("DELETE", "/apis/storage.k8s.io/v1/storageclasses/standard")
    assert cluster.up() is True
    assert len(api("GET", "/api/v1/nodes")["items"]) == 3
    assert len(api("GET", "/apis/storage.k8s.io/v1/storageclasses")["items"]) == 1
    assert running(cluster) == before


def test_two_hundred_pods_get_ready_and_spread(api: Api, namespace: str) -> None:
    deploy(api, namespace, 200)
    found = pods(api, namespace)
    addresses = {pod["status"]["podIP"] for pod in found}
    assert len(addresses) == 200
    # Not among those of Services, 10.0.0.0/16.
    assert all(address.startswith("10.1.") for address in addresses)
    nodes = [pod["spec"]["nodeName"] for pod in found]
    assert all(50 <= nodes.count(node) <= 80 for node in ("node-a", "node-b", "node-c"))


@pytest.mark.parametrize(
    ("fault", "phase", "waiting"),
    [
        ("NotReady", "Running", None),
        ("CrashLoopBackOff", "Running", "CrashLoopBackOff"),
        ("ImagePullBackOff", "Pending", "ImagePullBackOff"),
    ],
)
def test_a_faulty_rollout_stops_and_the_old_pods_stay(
    api: Api, namespace: str, fault: str, phase: str, waiting: str | None
) -> None:
    path = deploy(api, namespace, 2)
    annotations = {"simulation/fault": fault}
    api("PATCH", path, {"spec": {"template": {"metadata": {"annotations": annotations}}}})

    def new_statuses() -> list[Json]:
        new_pods = [pod for pod in pods(api, namespace) if pod["metadata"].get("annotations")]
        return [pod["status"] for pod in new_pods if "containerStatuses" in pod["status"]]

    (status,) = wait_for(new_statuses)
    (container,) = status["containerStatuses"]
    assert status["phase"] == phase
    assert container["ready"] is False
    assert container["state"].get("waiting", {}).get("reason") == waiting
    time.sleep(1)  # longer than a pod needs to get ready
    assert sum(map(ready, pods(api, namespace))) == 2
    assert api("GET", path)["status"]["updatedReplicas"] == 1

    api("PATCH", path, {"spec": {"template": {"metadata": {"annotations": None}}}})
    wait_for(lambda: len(pods(api, namespace)) == 2 and all(map(ready, pods(api, namespace))))


def test_a_running_pod_can_be_made_faulty_and_repaired(api: Api, namespace: str) -> None:
    path = f"/api/v1/{namespace}/pods"
    pod = {"metadata": {"name": "web"}, "spec": pod_spec()}
    api("POST", path, pod)
    web = f"{path}/web"
    wait_for(lambda: ready(api("GET", web)))
    address = api("GET", web)["status"]["podIP"]
    api("PATCH", web, {"metadata": {"annotations": {"simulation/fault": "NotReady"}}})
    wait_for(lambda: not ready(api("GET", web)))
    api("PATCH", web, {"metadata": {"annotations": {"simulation/fault": None}}})
    wait_for(lambda: ready(api("GET", web)))
    assert api("GET", web)["status"]["podIP"] == address


def test_a_job_completes(api: Api, namespace: str) -> None:
    spec = {"restartPolicy": "Never", "containers": [{"name": "once", "image": "once"}]}
    job = {"metadata": {"name": "once"}, "spec": {"template": {"spec": spec}}}
    api("POST", f"/apis/batch/v1/{namespace}/jobs", job)
    wait_for(lambda: api("GET", f"/apis/batch/v1/{namespace}/jobs/once")["status"].get("succeeded"))


def test_load_balancers_and_ingresses_get_addresses(api: Api, namespace: str) -> None:
    services = f"/api/v1/{namespace}/services"
    ingresses = f"/apis/networking.k8s.io/v1/{namespace}/ingresses"
    for name, kind in (("one", "LoadBalancer"), ("two", "LoadBalancer"), ("three", "ClusterIP")):
        spec = {"type": kind, "ports": [{"port": 80}]}
        api("POST", services, {"metadata": {"name": name}, "spec": spec})
    backend = {"service": {"name": "one", "port": {"number": 80}}}
    api("POST", ingresses, {"metadata": {"name": "web"}, "spec": {"defaultBackend": backend}})

    def address(path: str) -> str:
        found = api("GET", path)["status"]["loadBalancer"].get("ingress", [{}])
        return str(found[0].get("ip", ""))

    one, two, web = (
        wait_for(partial(address, path))
        for path in (f"{services}/one", f"{services}/two", f"{ingresses}/web")
    )
    assert len({one, two, web}) == 3
    assert address(f"{services}/three") == ""


@pytest.mark.parametrize("storage_class", [None, "nfs"])
@pytest.mark.parametrize("mode", ["ReadWriteOnce", "ReadWriteMany"])
def test_a_claim_has_a_volume_as_long_as_it_exists(
    api: Api, namespace: str, mode: str, storage_class: str | None
) -> None:
    spec: Json = {"accessModes": [mode], "resources": {"requests": {"storage": "100Gi"}}}
    if storage_class:
        spec["storageClassName"] = storage_class
    # In YAML, this name is a boolean.
    path = f"/api/v1/{namespace}/persistentvolumeclaims"
    api("POST", path, {"metadata": {"name": "n"}, "spec": spec})
    wait_for(lambda: api("GET", f"{path}/n")["status"]["phase"] == "Bound")

    bound = api("GET", f"{path}/n")
    assert bound["spec"]["storageClassName"] == (storage_class or "standard")
    assert bound["status"]["capacity"] == {"storage": "100Gi"}
    assert bound["status"]["accessModes"] == [mode]

    api("DELETE", f"{path}/n")
    volume = f"/api/v1/persistentvolumes/{bound['spec']['volumeName']}"
    wait_for(lambda: api.send("GET", volume)[0] == 404)


def test_a_pod_waits_for_its_claim(api: Api, namespace: str) -> None:
    spec = pod_spec() | {
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    }
    api("POST", f"/api/v1/{namespace}/pods", {"metadata": {"name": "web"}, "spec": spec})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    path = f"/api/v1/{namespace}/persistentvolumeclaims"
    api("POST", path, {"metadata": {"name": "data"}, "spec": claim})
    wait_for(lambda: all(map(ready, pods(api, namespace))))


def test_an_eviction_that_a_budget_forbids_is_refused(api: Api, namespace: str) -> None:
    path = deploy(api, namespace, 2)
    budget = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    budgets = f"/apis/policy/v1/{namespace}/poddisruptionbudgets"
    api("POST", budgets, {"metadata": {"name": "web"}, "spec": budget})
    wait_for(lambda: api("GET", f"{budgets}/web").get("status", {}).get("currentHealthy") == 2)

    name = pods(api, namespace)[0]["metadata"]["name"]
    eviction = f"/api/v1/{namespace}/pods/{name}/eviction"
    body = {"metadata": {"name": name}}
    assert api.send("POST", eviction, body)[0] == 429

    api("PATCH", f"{path}/scale", {"spec": {"replicas": 3}})
    wait_for(lambda: api("GET", f"{budgets}/web")["status"]["disruptionsAllowed"])
    api("POST", eviction, body)
    wait_for(lambda: api.send("GET", f"/api/v1/{namespace}/pods/{name}")[0] == 404)


def test_admission_is_real(api: Api, namespace: str) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    api("PATCH", f"/api/v1/{namespace}", {"metadata": {"labels": labels}})
    quota = {"metadata": {"name": "two"}, "spec": {"hard": {"pods": "0"}}}
    pod = {"metadata": {"name": "web"}, "spec": pod_spec()}
    bad = {"metadata": {"name": "bad"}, "spec": pod["spec"] | {"hostNetwork": True}}
    path = f"/api/v1/{namespace}/pods"

    status, answer = api.send("POST", path, bad)
    assert (status, "PodSecurity" in answer["message"]) == (403, True)
    api("POST", f"/api/v1/{namespace}/resourcequotas", quota)
    wait_for(lambda: api.send("POST", f"{path}?dryRun=All", pod)[0] == 403)
    assert "exceeded quota" in api.send("POST", path, pod)[1]["message"]


@pytest.fixture
def surviving_object(cluster: Cluster) -> Iterator[None]:
    """An object that exists before the test and must exist after it."""
    path = "/api/v1/namespaces/default/configmaps"
    with api_of(cluster) as api:
        api("POST", path, {"metadata": {"name": "survivor"}})
    yield
    with api_of(cluster) as api:
        api("DELETE", f"{path}/survivor")


@pytest.mark.usefixtures("surviving_object")
@pytest.mark.parametrize(
    "killed",
    [
        ["etcd"],
        ["kube-apiserver"],
        ["kube-controller-manager", "kube-scheduler"],
        ["kwok-controller"],
    ],
    ids="+".join,
)
def test_up_repairs_what_was_killed(cluster: Cluster, killed: list[str]) -> None:
    for component in killed:
        cluster.kill(component)
    assert set(running(cluster)) == COMPONENTS.keys() - set(killed)
    assert cluster.up() is True
    assert set(running(cluster)) == set(COMPONENTS)
    # It is the last one to start.
    assert listening({running(cluster)["kwok-controller"]})
    with api_of(cluster) as api:
        name = f"after-{killed[0]}"
        api("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        deploy(api, f"namespaces/{name}", 1, seconds=8)


@pytest.mark.usefixtures("surviving_object")
def test_up_repairs_what_hangs(cluster: Cluster) -> None:
    cluster.pause("kube-scheduler")
    assert cluster.up() is True


@pytest.mark.usefixtures("surviving_object")
def test_up_starts_again_after_a_reboot(cluster: Cluster) -> None:
    """The processes are gone, and their IDs and one of their ports belong to others."""
    ports = definition.ports((home(cluster) / "definition").read_text())
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other,
        socket.socket() as listener,
    ):
        for component in COMPONENTS:
            cluster.kill(component)
            (home(cluster) / "pids" / f"{component}.pid").write_text(str(other.pid))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", ports["etcdPort"]))
        listener.listen()
        assert cluster.up() is True
        assert cluster.up() is False
        assert other.poll() is None
        other.communicate(b"\n")


@pytest.mark.usefixtures("surviving_object")
def test_up_finishes_what_was_interrupted(cluster: Cluster) -> None:
    for component in list(COMPONENTS)[2:]:
        cluster.kill(component)
    # kwokctl writes it first, without components.
    (home(cluster) / "definition").rename(home(cluster) / "kwok.yaml")
    assert cluster.up() is True


def test_clusters_start_side_by_side_and_touch_nothing_else(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = running(cluster)
    canary = tmp_path / "canary"
    canary.write_text("mine")
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f'#!/bin/sh\necho run > "{tmp_path}/kubectl-was-run"\n')
    kubectl.chmod(0o755)
    tools = tmp_path / "100% c#"
    tools.symlink_to(cache_folder())
    for name, value in {
        CACHE_VARIABLE: tools,
        "HOME": tmp_path / "home",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "KUBECONFIG": canary,
        "KWOK_RUNTIME": "docker",
        "KWOK_WORKDIR": tmp_path / "kwok",
        "PATH": f"{kubectl.parent}:{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, str(value))

    first, again, second = (Cluster(tmp_path / name) for name in ("one", "one", "two"))
    try:
        with ThreadPoolExecutor() as pool:
            started = list(pool.map(Cluster.up, (first, again, second)))
        assert sorted(started[:2]) == [False, True]
        assert started[2] is True
        with api_of(first) as api:
            api("POST", "/api/v1/namespaces", {"metadata": {"name": "only-in-the-first"}})
        with api_of(second) as api:
            assert api.send("GET", "/api/v1/namespaces/only-in-the-first")[0] == 404
        second.down()
        assert first.up() is False
    finally:
        for started_cluster in (first, second):
            started_cluster.down()
            started_cluster.down()

    assert running(first) == running(second) == {}
    assert running(cluster) == before
    assert canary.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {
        "100% c#",
        "bin",
        "canary",
        "one",
        "two",
    }
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["lock"]


def test_up_tries_again_if_a_port_is_taken_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_ports = definition.choose_ports
    cluster = Cluster(tmp_path)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        choices = iter([choose_ports() | {"etcdPort": listener.getsockname()[1]}, choose_ports()])
        monkeypatch.setattr(definition, "choose_ports", lambda: next(choices))
        try:
            assert cluster.up() is True
            assert cluster.up() is False
        finally:
            cluster.down()


def test_the_error_says_which_component_ends_and_where_its_log_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "etcd"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "etcd Version: 3.6.16" && exit\n'
        'echo "the disk is on fire"\n'
    )
    broken.chmod(0o755)
    monkeypatch.setattr(
        "tools.simulation.cluster.ensure", lambda names: {**ensure(names), "etcd": broken}
    )
    cluster = Cluster(tmp_path / "cluster")
    try:
        with pytest.raises(ToolError) as error:
            cluster.up()
    finally:
        cluster.down()
    message = str(error.value)
    assert "etcd ends as soon as it starts" in message
    assert "the disk is on fire" in message
    assert f"{home(cluster)}/logs/etcd.log" in message
    assert "make down" in message


def test_a_cluster_that_was_never_started_has_no_client(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="make up"):
        Cluster(tmp_path).client()


def test_a_folder_that_kwok_would_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="comma"):
        Cluster(tmp_path / "one, two").up()
