"""All patches together, and the switches that turn them off."""

from typing import Any

import pytest

from components.inputs.args import ResilienceArgs
from components.inputs.resolve import resolve
from components.kube.objects import secret_env
from components.manifests.disruption_budgets import budget_warnings
from components.manifests.patches import apply_patches
from tests.support.components import inputs
from tests.support.workloads import container_of, deployment, stateful_set


def patched(*objects: dict[str, Any], **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - inputs
    spec = resolve(inputs(omnichannel_services=False, **given))
    return apply_patches(list(objects), spec, "8.6.1")


def patched_workspace(**resilience: bool) -> list[dict[str, Any]]:
    return patched(
        deployment("chat-ddp-streamer", "ddp-streamer"),
        stateful_set("chat-nats", "nats"),
        replicas={"ddp_streamer": 2},
        resilience=resilience,
    )


@pytest.mark.parametrize("switch", sorted({*ResilienceArgs.__annotations__} - {"enabled"}))
def test_each_switch_turns_off_its_patch_and_no_other(switch: str) -> None:
    everything = patched_workspace()
    without = patched_workspace(**{switch: False})
    nothing = patched_workspace(enabled=False)
    assert without != everything
    assert without != nothing


def test_without_resilience_a_workload_only_gets_its_backends() -> None:
    (workload,) = patched(
        deployment("chat-ddp-streamer", "ddp-streamer"), resilience={"enabled": False}
    )
    expected = deployment("chat-ddp-streamer", "ddp-streamer")
    env = expected["spec"]["template"]["spec"]["containers"][0]["env"]
    env.append({"name": "TRANSPORTER", "value": "nats://chat-nats:4222"})
    env.append(secret_env("MONGO_URL", "chat-mongodb", "mongo-uri"))
    assert workload == expected


CLAIM = {"name": "uploads", "persistentVolumeClaim": {"claimName": "chat-rocketchat"}}
EMPTY_DIR: dict[str, Any] = {"name": "tmp", "emptyDir": {}}


@pytest.mark.parametrize(
    ("volumes", "access_mode", "unavailable"),
    [
        pytest.param([], None, 0, id="no volume"),
        pytest.param([CLAIM], "ReadWriteMany", 0, id="a volume that many nodes mount"),
        pytest.param([CLAIM], "ReadWriteOnce", 1, id="a volume that one node mounts"),
        pytest.param([EMPTY_DIR], "ReadWriteOnce", 0, id="another workload's volume"),
    ],
)
def test_rollouts_surge_unless_pods_share_a_volume_of_one_node(
    volumes: list[dict[str, Any]], access_mode: str | None, unavailable: int
) -> None:
    uploads = {"uploads": {"size": "1Gi", "access_mode": access_mode}} if access_mode else {}
    (workload,) = patched(deployment("rocketchat", "rocketchat", *volumes), **uploads)
    assert workload["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == unavailable


@pytest.mark.parametrize(
    ("tag", "alive", "ready"),
    [
        ("7.10.9", "/health", "/health"),
        ("7.11.0", "/livez", "/readyz"),
        ("8.6.1", "/livez", "/readyz"),
        (f"7.10.9@sha256:{'0' * 64}", "/health", "/health"),
        ("develop", "/livez", "/readyz"),
    ],
)
def test_monolith_is_probed_at_the_paths_of_its_version(tag: str, alive: str, ready: str) -> None:
    (workload,) = patched(deployment("rocketchat", "rocketchat"), image={"tag": tag})
    container = container_of(workload)
    liveness, startup = container["livenessProbe"], container["startupProbe"]
    assert liveness["httpGet"]["path"] == alive
    assert startup["httpGet"]["path"] == alive
    assert container["readinessProbe"]["httpGet"]["path"] == ready
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 120
    assert startup["periodSeconds"] * startup["failureThreshold"] > 105


@pytest.mark.parametrize(
    ("name", "container_name"),
    [
        ("chat-account", "account-service"),
        ("chat-authorization", "authorization-service"),
        ("chat-presence", "presence-service"),
        ("chat-ddp-streamer", "ddp-streamer"),
    ],
)
def test_failing_bus_makes_services_unready_and_restarts_none(
    name: str, container_name: str
) -> None:
    (workload,) = patched(deployment(name, container_name))
    container = container_of(workload)
    assert container["livenessProbe"]["tcpSocket"] == {"port": 3000}
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": 3000}
    assert {"name": "PORT", "value": "3000"} in container["env"]
    assert {"name": "RETRY_ENABLED", "value": "true"} in container["env"]


def test_sockets_drain_and_the_overlap_stays_below_the_licence_check() -> None:
    (workload,) = patched(deployment("chat-ddp-streamer", "ddp-streamer"))
    pod, container = workload["spec"]["template"]["spec"], container_of(workload)
    drain = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < drain < pod["terminationGracePeriodSeconds"]
    # Rocket.Chat checks every 20 s and stops a surplus instance at the second check.
    assert container["readinessProbe"]["periodSeconds"] + drain < 20 * 2


def test_only_services_with_several_instances_have_a_disruption_budget() -> None:
    objects = patched(
        deployment("chat-account", "account-service"),
        deployment("chat-presence", "presence-service"),
        replicas={"account": 2},
    )
    (budget,) = [obj for obj in objects if obj["kind"] == "PodDisruptionBudget"]
    assert budget["metadata"]["name"] == "chat-account"
    assert budget["spec"]["maxUnavailable"] == 1


def test_updates_wait_for_the_rollout_of_stateful_sets_only() -> None:
    nats, presence = patched(
        stateful_set("chat-nats", "nats"),
        deployment("chat-presence", "presence-service"),
        resilience={"enabled": False},
    )
    condition = nats["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert condition.startswith("jsonpath={$[?")
    for field in ("observedGeneration", "updateRevision", "readyReplicas"):
        assert f"$.status.{field} == $." in condition
    assert "pulumi.com/waitFor" not in presence["metadata"].get("annotations", {})


@pytest.mark.parametrize(
    ("kind", "type_", "skipped"),
    [
        ("Service", "ClusterIP", True),
        ("Service", "LoadBalancer", False),
        ("Ingress", None, True),
        ("ConfigMap", None, False),
    ],
)
def test_updates_wait_for_no_ingress_and_for_no_service_but_load_balancers(
    kind: str,
    type_: str | None,
    skipped: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    spec = {"type": type_} if type_ else {}
    (obj,) = patched({"kind": kind, "metadata": {"name": "x"}, "spec": spec})
    assert ("pulumi.com/skipAwait" in obj["metadata"].get("annotations", {})) == skipped


def test_missing_oplog_url_keeps_no_pod_from_starting() -> None:
    workload = deployment("rocketchat", "rocketchat")
    reference = {"name": "chat-mongodb", "key": "mongo-oplog-uri"}
    oplog = {"name": "MONGO_OPLOG_URL", "valueFrom": {"secretKeyRef": reference}}
    workload["spec"]["template"]["spec"]["containers"][0]["env"].append(oplog)
    (found,) = patched(workload, resilience={"enabled": False})
    assert {
        "name": "MONGO_OPLOG_URL",
        "valueFrom": {"secretKeyRef": {**reference, "optional": True}},
    } in container_of(found)["env"]


@pytest.mark.parametrize(
    ("limits", "blocks"),
    [
        ({"minAvailable": 3}, True),
        ({"minAvailable": 4}, True),
        ({"minAvailable": "100%"}, True),
        ({"minAvailable": "70%"}, True),
        ({"maxUnavailable": 0}, True),
        ({"maxUnavailable": "0%"}, True),
        ({"minAvailable": 2}, False),
        ({"minAvailable": "50%"}, False),
        ({"maxUnavailable": "1%"}, False),
    ],
)
def test_a_budget_that_allows_no_disruption_is_made_to_allow_one(
    *, limits: dict[str, object], blocks: bool
) -> None:
    workload = deployment("chat-rocketchat", "rocketchat")
    workload["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] = "rocketchat"
    selector = {"matchLabels": workload["spec"]["selector"]["matchLabels"]}
    budget = {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "chat-rocketchat", "namespace": "chat"},
        "spec": {**limits, "selector": selector},
    }
    values = {"minAvailable": 3} if limits == {"minAvailable": 3} else {}
    spec = resolve(inputs(replicas={"rocketchat": 3}, values=values))
    objects = apply_patches([workload, budget], spec, "8.6.1")
    (patched_budget,) = [obj for obj in objects if obj["kind"] == "PodDisruptionBudget"]
    expected = {"maxUnavailable": 1} if blocks else limits
    assert patched_budget["spec"] == {**expected, "selector": selector}
    assert len(list(budget_warnings(spec))) == len(values)


def test_the_components_secret_stands_beside_the_operators_own() -> None:
    monolith = deployment("rocketchat", "rocketchat")
    container = monolith["spec"]["template"]["spec"]["containers"][0]
    container["envFrom"] = [{"secretRef": {"name": "own"}}]
    patched(monolith, license="x")
    assert container["envFrom"] == [
        {"secretRef": {"name": "own"}},
        {"secretRef": {"name": "chat-environment"}},
    ]
