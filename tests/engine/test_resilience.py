"""The workspace stays up: the control plane that rolls, evicts and scales is real."""

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes import client
from pulumi import automation

from tests.support.program import Program, wait_for

pytestmark = pytest.mark.engine

ROCKETCHATS = ("rocketchat", "presence", "ddp-streamer", "account", "authorization")
TWO = {"replicaCount": 2}


@contextmanager
def watched(program: Program) -> Iterator[dict[str, int]]:
    """The fewest ready pods of each workload that were ever there meanwhile."""
    fewest = dict(program.pods())
    seen = Counter[str]()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            now = program.pods()
            fewest.update({name: min(number, now[name]) for name, number in fewest.items()})
            seen["times"] += 1

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield fewest
    finally:
        done.set()
        thread.join()
    assert seen["times"] > 5, "too few looks to tell"


def test_an_image_rolls_through_all_services_without_one_instance_missing(
    program: Program,
) -> None:
    asked = {"rocketchat": 1, "presence": 2, "ddpStreamer": 5, "account": 1, "authorization": 3}
    program.up(replicas=asked)
    with watched(program) as fewest:
        program.up(replicas=asked, image={"tag": "8.6.2"})
    assert {name: fewest[name] for name in ROCKETCHATS} == dict(
        zip(ROCKETCHATS, asked.values(), strict=True),
    )
    for name in ROCKETCHATS:
        image = program.deployment(f"chat-{name}").spec.template.spec.containers[0].image
        assert image.endswith(":8.6.2")


def test_without_the_mend_an_instance_is_missing(program: Program) -> None:
    """What the chart does, and that the watcher above would see it."""
    off = {"resilience": {"rollingUpdates": False}}
    program.up(**off)
    with watched(program) as fewest:
        program.up(**off, image={"tag": "8.6.2"})
    assert 0 in {fewest[name] for name in ROCKETCHATS}


def test_a_drain_of_each_node_ends_and_leaves_one_of_each_service(program: Program) -> None:
    program.up(replicas={"presence": 1, "account": 2, "ddpStreamer": 3, "rocketchat": 2})
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        nodes = [node.metadata.name for node in core.list_node().items]
        try:
            with watched(program) as fewest:
                for node in nodes:
                    core.patch_node(node, {"spec": {"unschedulable": True}})
                    drain(core, node, program.namespace)
                    core.patch_node(node, {"spec": {"unschedulable": False}})
        finally:
            for node in nodes:
                core.patch_node(node, {"spec": {"unschedulable": False}})
    assert fewest["account"] >= 1
    assert fewest["ddp-streamer"] >= 2
    assert fewest["rocketchat"] >= 1
    assert fewest["nats"] >= 1


def drain(core: Any, node: str, namespace: str) -> None:  # noqa: ANN401 - the API client
    """Evicts every pod of the namespace from a node, as `kubectl drain` does."""
    ends = time.monotonic() + 60
    while True:
        pods = core.list_namespaced_pod(namespace, field_selector=f"spec.nodeName={node}").items
        left = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
        if not left:
            return
        assert time.monotonic() < ends, f"{node} still runs {[p.metadata.name for p in left]}"
        for pod in left:
            metadata = client.V1ObjectMeta(name=pod.metadata.name, namespace=namespace)
            try:
                core.create_namespaced_pod_eviction(
                    pod.metadata.name,
                    namespace,
                    client.V1Eviction(metadata=metadata),
                )
            except client.ApiException as error:
                if error.status not in (404, 429):  # gone, or its budget says: later
                    raise
        time.sleep(0.1)


def test_a_single_instance_has_no_budget_that_blocks_a_drain(program: Program) -> None:
    program.up(replicas={"account": 2, "nats": 1})
    with program.cluster.client() as api:
        policy: Any = client.PolicyV1Api(api)
        budgets = policy.list_namespaced_pod_disruption_budget(program.namespace).items
    assert {budget.metadata.name for budget in budgets} == {"chat-account"}


AUTOSCALED = {
    "services": {
        "ddpStreamer": {
            "autoscaling": {"minReplicas": 2, "maxReplicas": 9},
            "resources": {"requests": {"cpu": "100m"}},
        },
    },
}


def test_no_up_resets_what_the_autoscaler_chose(program: Program) -> None:
    result = program.up(**AUTOSCALED)
    assert result.outputs["instances"].value["ddpStreamer"] == 2
    wait_for(lambda: program.pods()["ddp-streamer"] == 2)
    scale(program, 7)
    again = program.stack().up()
    assert set(again.summary.resource_changes or {}) == {automation.OpType.SAME}
    assert program.deployment("chat-ddp-streamer").spec.replicas == 7
    # Nor does an update of that very Deployment.
    program.up(**AUTOSCALED, image={"tag": "8.6.2"})
    assert program.deployment("chat-ddp-streamer").spec.replicas == 7


def scale(program: Program, replicas: int) -> None:
    """Scales ddp-streamer as an autoscaler does."""
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        apps.patch_namespaced_deployment_scale(
            "chat-ddp-streamer",
            program.namespace,
            {"spec": {"replicas": replicas}},
        )


def test_instances_of_every_service_are_spread_over_the_zones(program: Program) -> None:
    program.up(replicaCount=3)
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        zones = {
            node.metadata.name: node.metadata.labels["topology.kubernetes.io/zone"]
            for node in core.list_node().items
        }
        pods = core.list_namespaced_pod(program.namespace).items
    for name in (*ROCKETCHATS, "nats"):
        used = {
            zones[pod.spec.node_name]
            for pod in pods
            if pod.metadata.labels.get("app.kubernetes.io/name") in (f"chat-{name}", name)
        }
        assert used == set(zones.values()), name


def test_every_workload_asks_for_the_nodes_that_were_named(program: Program) -> None:
    program.up(
        nodeSelector={"kubernetes.io/os": "linux"},
        tolerations=[{"key": "dedicated", "value": "chat", "effect": "NoSchedule"}],
    )
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        workloads = [
            *apps.list_namespaced_deployment(program.namespace).items,
            *apps.list_namespaced_stateful_set(program.namespace).items,
        ]
    assert len(workloads) == 7
    for one in workloads:
        pod = one.spec.template.spec
        assert pod.node_selector == {"kubernetes.io/os": "linux"}, one.metadata.name
        assert [toleration.key for toleration in pod.tolerations] == ["dedicated"]


def test_every_pod_is_admitted_where_podsecurity_restricted_is_enforced(program: Program) -> None:
    program.up(uploads={"size": "1Gi"})
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        labels = core.read_namespace(program.namespace).metadata.labels
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert program.pods() == {**dict.fromkeys((*ROCKETCHATS, "nats-box"), 1), "nats": 2}


def test_without_the_mend_the_restricted_namespace_takes_no_pod(program: Program) -> None:
    """The admission above is real."""
    program.configure(resilience={"podSecurity": False}, createNamespace=False)
    program.stack()
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = client.V1ObjectMeta(name=program.namespace, labels=labels)
        core.create_namespace(client.V1Namespace(metadata=metadata))
    # No pod ever comes, so `up` would wait; the engine stops waiting when it is told to.
    engine = subprocess.Popen(
        [program.workspace.tools()["pulumi"], "up", "--yes", "--skip-preview", "--stack", "test"],
        cwd=program.workspace.project_folder,
        env={**os.environ, **program.workspace.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: refused(program))
        assert not program.pods()
    finally:
        engine.send_signal(signal.SIGINT)
        engine.wait(60)


def refused(program: Program) -> bool:
    """Whether the namespace refused a pod."""
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        events = core.list_namespaced_event(program.namespace).items
    return any("violates PodSecurity" in event.message for event in events)
