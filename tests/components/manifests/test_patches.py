"""What is added to the chart, and what of the chart's is left alone."""

from collections.abc import Callable
from typing import Any

import pytest

from components.inputs.spec import NOTHING, Resilience
from components.kube.versions import parse_version
from components.manifests.patches import PatchContext, apply_patches
from components.services import Service

LABELS = {"app.kubernetes.io/instance": "chat"}


def deployment(name: str, container: str, *volumes: dict[str, Any]) -> dict[str, Any]:
    labels = {**LABELS, "app.kubernetes.io/name": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "chat"},
        "spec": {
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1},
            },
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "volumes": list(volumes),
                    "containers": [
                        {
                            "name": container,
                            "image": "image",
                            "env": [{"name": "RETRY_ENABLED", "value": "yes"}],
                        },
                    ],
                },
            },
        },
    }


def mended(
    *objects: dict[str, Any],
    on: Resilience | None = None,
    tag: str = "8.6.1",
    may_have_replicas: Callable[[Service], bool] = lambda _: False,
    mounted_once: bool = False,
) -> list[dict[str, Any]]:
    facts = PatchContext("chat", parse_version(tag), may_have_replicas, mounted_once)
    return apply_patches(list(objects), on or Resilience(), facts)


def main_of(one: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = one["spec"]["template"]["spec"]["containers"][0]
    return container


WALLS = {"pod_security", "network_policy"}
"""Switches of what walls.py adds."""
CLAIM = {"name": "uploads", "persistentVolumeClaim": {"claimName": "chat-rocketchat"}}


@pytest.mark.parametrize(
    ("volumes", "mounted_once", "unavailable"),
    [
        pytest.param([], False, 0, id="no volume"),
        pytest.param([CLAIM], False, 0, id="a volume that many nodes mount"),
        pytest.param([CLAIM], True, 1, id="a volume that one node mounts"),
        pytest.param([{"name": "tmp", "emptyDir": {}}], True, 0, id="another's volume"),
    ],
)
def test_a_successor_waits_only_for_a_volume_that_one_node_mounts(
    volumes: list[dict[str, Any]],
    mounted_once: bool,  # noqa: FBT001 - a parameter of the table
    unavailable: int,
) -> None:
    one = deployment("rocketchat", "rocketchat", *volumes)
    mended(one, mounted_once=mounted_once)
    assert one["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == unavailable


@pytest.mark.parametrize(
    ("tag", "alive", "ready"),
    [
        ("7.10.9", "/health", "/health"),
        ("7.11.0", "/livez", "/readyz"),
        ("8.6.1", "/livez", "/readyz"),
        ("develop", "/livez", "/readyz"),
    ],
)
def test_the_monolith_is_asked_where_its_version_answers(tag: str, alive: str, ready: str) -> None:
    one = deployment("rocketchat", "rocketchat")
    mended(one, tag=tag)
    held = main_of(one)
    assert held["livenessProbe"]["httpGet"]["path"] == alive
    assert held["startupProbe"]["httpGet"]["path"] == alive
    assert held["readinessProbe"]["httpGet"]["path"] == ready
    liveness, startup = held["livenessProbe"], held["startupProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 120
    assert startup["periodSeconds"] * startup["failureThreshold"] > 105


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("chat-account", "account-service"),
        ("chat-authorization", "authorization-service"),
        ("chat-presence", "presence-service"),
        ("chat-ddp-streamer", "ddp-streamer"),
    ],
)
def test_a_hiccup_of_the_bus_restarts_no_service(name: str, container: str) -> None:
    one = deployment(name, container)
    mended(one)
    held = main_of(one)
    assert held["livenessProbe"]["tcpSocket"] == {"port": 3000}
    assert held["readinessProbe"]["httpGet"] == {"path": "/health", "port": 3000}
    assert {"name": "PORT", "value": "3000"} in held["env"]
    assert {"name": "RETRY_ENABLED", "value": "true"} in held["env"]


def test_sockets_get_time_and_the_overlap_stays_below_the_licence_check() -> None:
    one = deployment("chat-ddp-streamer", "ddp-streamer")
    mended(one)
    pod, held = one["spec"]["template"]["spec"], main_of(one)
    drain = held["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < drain < pod["terminationGracePeriodSeconds"]
    # Rocket.Chat looks every 20 s and stops a surplus instance at the second look.
    assert held["readinessProbe"]["periodSeconds"] + drain < 20 * 2


def test_only_services_of_several_instances_have_a_budget() -> None:
    objects = mended(
        deployment("chat-account", "account-service"),
        deployment("chat-presence", "presence-service"),
        may_have_replicas=lambda service: service.name == "account",
    )
    (budget,) = [one for one in objects if one["kind"] == "PodDisruptionBudget"]
    assert budget["metadata"]["name"] == "chat-account"
    assert budget["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("switch", sorted(set(Resilience.__dataclass_fields__) - WALLS))
def test_each_mend_has_a_switch_that_leaves_the_others_on(switch: str) -> None:
    everything = mended(
        deployment("chat-ddp-streamer", "ddp-streamer"), may_have_replicas=lambda _: True
    )
    without = mended(
        deployment("chat-ddp-streamer", "ddp-streamer"),
        on=Resilience(**{switch: False}),
        may_have_replicas=lambda _: True,
    )
    nothing = mended(
        deployment("chat-ddp-streamer", "ddp-streamer"),
        on=NOTHING,
        may_have_replicas=lambda _: True,
    )
    assert without != everything
    assert without != nothing
    assert nothing == [deployment("chat-ddp-streamer", "ddp-streamer")]


def test_the_rollout_of_a_stateful_set_is_waited_for_and_of_nothing_else_in_that_way() -> None:
    nats = {**deployment("chat-nats", "nats"), "kind": "StatefulSet"}
    presence = deployment("chat-presence", "presence-service")
    mended(nats, presence, on=NOTHING)
    told = nats["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert told.startswith("jsonpath={$[?")
    for field in ("observedGeneration", "updateRevision", "readyReplicas"):
        assert f"$.status.{field} == $." in told
    assert "pulumi.com/waitFor" not in presence["metadata"].get("annotations", {})
