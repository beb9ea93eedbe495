"""The workspace stays available while a real control plane rolls, evicts and scales it."""

import os
import signal
import subprocess
import time
from typing import Any

import pytest
from kubernetes import client

from tests.support.program import Program
from tests.support.waiting import wait_for
from tests.support.watching import watch_ready_pods

pytestmark = pytest.mark.engine

SERVICES = (
    "rocketchat",
    "presence",
    "ddp-streamer",
    "account",
    "authorization",
    "queue-worker",
    "omnichannel-transcript",
)


def test_a_new_image_rolls_out_without_a_missing_instance(
    program: Program,
) -> None:
    replicas = {
        "rocketchat": 1,
        "presence": 2,
        "ddpStreamer": 5,
        "account": 1,
        "authorization": 3,
        "queueWorker": 2,
        "omnichannelTranscript": 1,
    }
    program.up(replicas=replicas)
    with watch_ready_pods(program) as lowest:
        program.up(replicas=replicas, image={"tag": "8.6.2"})
    assert {name: lowest[name] for name in SERVICES} == dict(
        zip(SERVICES, replicas.values(), strict=True),
    )
    for name in SERVICES:
        image = program.deployment(f"chat-{name}").spec.template.spec.containers[0].image
        assert image.endswith(":8.6.2")


def test_without_rolling_updates_an_instance_is_missing(program: Program) -> None:
    """Proves that the test above would notice."""
    off = {"resilience": {"rollingUpdates": False}}
    program.up(**off)
    with watch_ready_pods(program) as lowest:
        program.up(**off, image={"tag": "8.6.2"})
    assert 0 in {lowest[name] for name in SERVICES}


def test_draining_each_node_leaves_an_instance_of_each_service(program: Program) -> None:
    program.up(replicas={"presence": 1, "account": 2, "ddpStreamer": 3, "rocketchat": 2})
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        nodes = [node.metadata.name for node in core.list_node().items]
        try:
            with watch_ready_pods(program) as lowest:
                for node in nodes:
                    core.patch_node(node, {"spec": {"unschedulable": True}})
                    drain(core, node, program.namespace)
                    core.patch_node(node, {"spec": {"unschedulable": False}})
        finally:
            for node in nodes:
                core.patch_node(node, {"spec": {"unschedulable": False}})
    assert lowest["account"] >= 1
    assert lowest["ddp-streamer"] >= 2
    assert lowest["rocketchat"] >= 1
    assert lowest["nats"] >= 1


def drain(core: Any, node: str, namespace: str) -> None:  # noqa: ANN401 - the API client
    """Evicts every pod of a namespace from a node, as `kubectl drain` does."""
    deadline = time.monotonic() + 60
    while True:
        pods = core.list_namespaced_pod(namespace, field_selector=f"spec.nodeName={node}").items
        left = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
        if not left:
            return
        assert time.monotonic() < deadline, f"{node} still runs {[p.metadata.name for p in left]}"
        for pod in left:
            metadata = client.V1ObjectMeta(name=pod.metadata.name, namespace=namespace)
            try:
                core.create_namespaced_pod_eviction(
                    pod.metadata.name,
                    namespace,
                    client.V1Eviction(metadata=metadata),
                )
            except client.ApiException as error:
                if error.status not in (404, 429):  # it is gone, or its budget forbids it for now
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


def test_an_update_keeps_the_autoscalers_number_of_instances(program: Program) -> None:
    result = program.up(**AUTOSCALED)
    assert result.outputs["instances"]["ddpStreamer"] == 2
    wait_for(lambda: program.pods()["ddp-streamer"] == 2)
    scale(program, 7)
    assert set(program.repeat_up().changes) == {"same"}
    assert program.deployment("chat-ddp-streamer").spec.replicas == 7
    # Even if it changes that Deployment.
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
    for name in (*SERVICES, "nats"):
        used_zones = {
            zones[pod.spec.node_name]
            for pod in pods
            if pod.metadata.labels.get("app.kubernetes.io/name") in (f"chat-{name}", name)
        }
        assert used_zones == set(zones.values()), name


def test_node_selector_and_tolerations_reach_every_workload(program: Program) -> None:
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
    assert len(workloads) == 9
    for workload in workloads:
        pod = workload.spec.template.spec
        assert pod.node_selector == {"kubernetes.io/os": "linux"}, workload.metadata.name
        assert [toleration.key for toleration in pod.tolerations] == ["dedicated"]


def test_pod_security_restricted_admits_every_pod(program: Program) -> None:
    program.up(uploads={"size": "1Gi"})
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        labels = core.read_namespace(program.namespace).metadata.labels
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert program.pods() == {**dict.fromkeys((*SERVICES, "nats-box"), 1), "nats": 2}


def test_without_pod_security_the_restricted_namespace_admits_no_pod(program: Program) -> None:
    """Proves that the admission above is real."""
    program.configure(resilience={"podSecurity": False}, createNamespace=False)
    program.stack()
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = client.V1ObjectMeta(name=program.namespace, labels=labels)
        core.create_namespace(client.V1Namespace(metadata=metadata))
    # `up` would wait for pods that are never created, until it is interrupted.
    engine = subprocess.Popen(
        [program.simulation.tools()["pulumi"], "up", "--yes", "--skip-preview", "--stack", "test"],
        cwd=program.simulation.project_folder,
        env={**os.environ, **program.simulation.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: has_refused_pod(program))
        assert not program.pods()
    finally:
        engine.send_signal(signal.SIGINT)
        engine.wait(60)


def has_refused_pod(program: Program) -> bool:
    """Returns whether the namespace has refused a pod."""
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        events = core.list_namespaced_event(program.namespace).items
    return any("violates PodSecurity" in event.message for event in events)
