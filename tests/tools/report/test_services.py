"""What changes about each service, and what users notice of it."""

import json
from typing import Any

import pytest

from tests.support.report import (
    DEPLOYMENT,
    Json,
    deployment,
    preview,
    report_of,
    step,
    updated,
)
from tools.report import build_report, parse_preview, to_json, to_markdown
from tools.report.services import Impact, ServiceChange
from tools.report.sockets import Sockets

ROLLING_WITH_GAP = {"maxSurge": 1, "maxUnavailable": 1}


def change_of(service: str, *steps: Json) -> ServiceChange:
    services = report_of(*steps).services
    (found,) = [change for change in services if change.service.kebab_name == service]
    return found


def unchanged_streamer() -> Json:
    streamer = deployment("ddp-streamer", 2)
    return step("same", DEPLOYMENT, "chat-ddp-streamer", old=streamer, new=streamer)


def test_nobody_notices_more_instances() -> None:
    change = change_of(
        "presence", updated("presence", deployment("presence"), deployment("presence", 3))
    )
    assert (str(change.before), str(change.after)) == ("1", "3")
    assert (change.restarts, change.impact) == ((), Impact.NONE)


def test_clients_reconnect_if_their_service_gets_fewer_instances() -> None:
    old, new = deployment("ddp-streamer", 4), deployment("ddp-streamer", 2)
    change = change_of("ddp-streamer", updated("ddp-streamer", old, new))
    assert change.impact is Impact.RECONNECT


@pytest.mark.parametrize(
    ("after", "config", "seen", "words"),
    [
        ({"tag": "8.7.0"}, {}, None, "up to 2,000 sockets, as planned"),
        ({"tag": "8.7.0"}, {"concurrentUsers": "1500"}, None, "up to 1,500 sockets, as planned"),
        ({"tag": "8.7.0"}, {"concurrentUsers": "many"}, None, "up to 2,000 sockets, as planned"),
        ({"tag": "8.7.0"}, {}, Sockets(480, seen=True), "480 sockets, as counted"),
        (
            {"tag": "8.7.0"},
            {},
            Sockets(1, seen=True, complete=False),
            "at least 1 socket, as counted",
        ),
        ({"replicas": 3}, {}, Sockets(480, seen=True), "120 sockets, as counted"),
        ({"replicas": 3}, {"concurrentUsers": "1998"}, None, "up to 500 sockets, as planned"),
        ({"replicas": 0}, {}, Sockets(480, seen=True), "480 sockets, as counted"),
    ],
)
def test_the_sockets_that_people_lose_are_those_of_the_instances_that_go(
    after: Json, config: dict[str, str], seen: Sockets | None, words: str
) -> None:
    old = deployment("ddp-streamer", 4)
    new = deployment("ddp-streamer", **{"replicas": 4, **after})
    text = json.dumps(preview(updated("ddp-streamer", old, new), **config))
    report = build_report(parse_preview(text, "test"), seen=seen)
    (change,) = report.services
    assert str(change.sockets) == words
    assert words in to_markdown([report])
    assert to_json([report])["stacks"][0]["services"][0]["sockets"]["seen"] is (seen is not None)


def test_nobody_loses_a_socket_where_nobody_has_one_or_none_closes() -> None:
    old, new = deployment("presence", 2), deployment("presence", 2, tag="8.7.0")
    assert change_of("presence", updated("presence", old, new)).sockets is None
    old, new = deployment("ddp-streamer", 2), deployment("ddp-streamer", 3)
    assert change_of("ddp-streamer", updated("ddp-streamer", old, new)).sockets is None


def test_clients_are_connected_to_the_monolith_if_there_is_no_streamer() -> None:
    update = updated(
        "rocketchat", deployment("rocketchat", 2), deployment("rocketchat", 2, tag="9.0.0")
    )
    assert change_of("rocketchat", update).impact is Impact.RECONNECT
    assert change_of("rocketchat", update, unchanged_streamer()).impact is Impact.RESTART


@pytest.mark.parametrize(
    ("replicas", "rolling", "impact"),
    [
        (1, {"maxSurge": 1, "maxUnavailable": 0}, Impact.RESTART),
        (1, ROLLING_WITH_GAP, Impact.DOWNTIME),
        (2, ROLLING_WITH_GAP, Impact.RESTART),
        (1, {"maxSurge": "25%", "maxUnavailable": "25%"}, Impact.RESTART),
        (4, {"maxSurge": "25%", "maxUnavailable": "100%"}, Impact.DOWNTIME),
        (1, {"maxSurge": 0, "maxUnavailable": 0}, Impact.DOWNTIME),
        (3, {}, Impact.RESTART),
    ],
)
def test_a_rollout_is_downtime_if_no_instance_keeps_serving(
    replicas: int,
    rolling: Json,
    impact: Impact,
) -> None:
    old = deployment("account", replicas, rolling=rolling)
    new = deployment("account", replicas, rolling=rolling, tag="8.7.0")
    assert change_of("account", updated("account", old, new)).impact is impact


def test_recreating_pods_is_downtime() -> None:
    old, new = deployment("account", 3), deployment("account", 3, tag="8.7.0")
    for workload in (old, new):
        workload["spec"]["strategy"] = {"type": "Recreate"}
    assert change_of("account", updated("account", old, new)).impact is Impact.DOWNTIME


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        ({"tag": "8.5.0"}, {"tag": "8.6.1"}, ["image"]),
        ({}, {"env": [{"name": "A", "value": "1"}]}, ["environment"]),
        ({}, {"envFrom": [{"secretRef": {"name": "more"}}]}, ["environment"]),
        ({}, {"resources": {"limits": {"memory": "1Gi"}}}, ["resources"]),
        ({}, {"readinessProbe": {"periodSeconds": 5}}, ["probe"]),
        ({}, {"lifecycle": {"preStop": {}}}, ["shutdown"]),
        ({}, {"workingDir": "/app"}, ["workingDir"]),
        ({"annotations": {"note": "a"}}, {"annotations": {"note": "b"}}, ["annotations"]),
        (
            {"annotations": {"kubectl.kubernetes.io/restartedAt": "1"}},
            {"annotations": {"kubectl.kubernetes.io/restartedAt": "2"}},
            ["restart requested"],
        ),
        (
            {"tag": "8.5.0", "resources": {}},
            {"resources": {"limits": {}}, "livenessProbe": {}},
            ["image", "resources", "probe"],
        ),
    ],
)
def test_the_reasons_for_a_restart_are_named(old: Json, new: Json, reasons: list[str]) -> None:
    update = updated("presence", deployment("presence", **old), deployment("presence", **new))
    assert list(change_of("presence", update).restarts) == reasons


def presence_with_checksum(secret: str, digest: str) -> Json:
    """A presence that reads `secret`, with the checksum of chat-url among its annotations."""
    env: list[Any] = [
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": secret, "key": "a"}}},
    ]
    return deployment("presence", env=env, annotations={"checksum/chat-url": digest})


def test_the_checksum_of_a_secret_shows_that_it_was_rotated() -> None:
    update = updated(
        "presence",
        presence_with_checksum("chat-url", "1"),
        presence_with_checksum("chat-url", "2"),
    )
    assert list(change_of("presence", update).restarts) == ["secret rotated"]


def test_any_other_checksum_shows_that_configuration_changed() -> None:
    update = updated(
        "presence", presence_with_checksum("other", "1"), presence_with_checksum("other", "2")
    )
    assert list(change_of("presence", update).restarts) == ["configuration"]


def test_an_autoscaler_decides_the_number_of_instances() -> None:
    def autoscaler(minimum: int, maximum: int) -> Json:
        return {
            "metadata": {"name": "chat-presence", "namespace": "chat"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "chat-presence"},
                "minReplicas": minimum,
                "maxReplicas": maximum,
            },
        }

    presence = deployment("presence")
    del presence["spec"]["replicas"]
    type_ = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
    change = change_of(
        "presence",
        step("same", DEPLOYMENT, "chat-presence", old=presence, new=presence),
        step("update", type_, "chat-presence", old=autoscaler(2, 4), new=autoscaler(3, 8)),
    )
    assert (str(change.before), str(change.after)) == ("2 to 4", "3 to 8")


def test_a_replacement_with_the_same_name_is_downtime() -> None:
    presence = deployment("presence", 3)
    change = change_of(
        "presence", step("replace", DEPLOYMENT, "chat-presence", old=presence, new=presence)
    )
    assert (list(change.restarts), change.impact) == (["replaced"], Impact.DOWNTIME)


def test_a_move_to_another_namespace_is_no_downtime() -> None:
    old, new = deployment("presence", 3), deployment("presence", 3)
    new["metadata"]["namespace"] = "talk"
    change = change_of(
        "presence",
        step("delete", DEPLOYMENT, "chat-presence", old=old),
        step("create", DEPLOYMENT, "chat-presence", new=new, namespace="talk"),
    )
    assert (list(change.restarts), change.impact) == (["moved"], Impact.RESTART)


def test_services_missing_from_the_preview_are_taken_from_the_outputs() -> None:
    stack = {
        "op": "same",
        "urn": "urn:pulumi:test::rocketchat::pulumi:pulumi:Stack::rocketchat-test",
        "oldState": {
            "type": "pulumi:pulumi:Stack",
            "outputs": {"instances": {"ddpStreamer": 4, "nats": 3}},
        },
    }
    update = updated("presence", deployment("presence"), deployment("presence", 2))
    report = report_of(stack, update)
    names = [change.service.kebab_name for change in report.services]
    assert names == ["presence", "ddp-streamer", "nats"]
    assert (str(report.instances_before), str(report.instances_after)) == ("8", "9")
