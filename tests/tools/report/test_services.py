"""What happens to each service, and what people notice of it."""

from typing import Any

import pytest

from tests.support import report as made
from tests.support.report import Json, changed, deployment
from tools.report.services import Notice, Row

AT_ONCE = {"maxSurge": 1, "maxUnavailable": 1}


def row(service: str, *steps: Json) -> Row:
    (found,) = [one for one in made.report(*steps).rows if one.service.kebab_name == service]
    return found


def with_sockets(*steps: Json) -> tuple[Json, ...]:
    """The steps, and a ddp-streamer that stays."""
    one = deployment("ddp-streamer", 2)
    return (*steps, made.step("same", made.DEPLOYMENT, "chat-ddp-streamer", old=one, new=one))


def test_more_instances_are_noticed_by_nobody() -> None:
    one = row("presence", changed("presence", deployment("presence"), deployment("presence", 3)))
    assert (str(one.before), str(one.after)) == ("1", "3")
    assert (one.restarts, one.notice) == ((), Notice.NOTHING)


def test_sockets_reconnect_where_fewer_instances_hold_them() -> None:
    old, new = deployment("ddp-streamer", 4), deployment("ddp-streamer", 2)
    assert row("ddp-streamer", changed("ddp-streamer", old, new)).notice is Notice.SOCKETS


def test_the_monolith_holds_the_sockets_where_no_other_does() -> None:
    step = changed(
        "rocketchat", deployment("rocketchat", 2), deployment("rocketchat", 2, tag="9.0.0")
    )
    assert row("rocketchat", step).notice is Notice.SOCKETS
    assert row("rocketchat", *with_sockets(step)).notice is Notice.RESTART


@pytest.mark.parametrize(
    ("replicas", "rolling", "notice"),
    [
        (1, {"maxSurge": 1, "maxUnavailable": 0}, Notice.RESTART),
        (1, AT_ONCE, Notice.DOWNTIME),
        (2, AT_ONCE, Notice.RESTART),
        (1, {"maxSurge": "25%", "maxUnavailable": "25%"}, Notice.RESTART),
        (4, {"maxSurge": "25%", "maxUnavailable": "100%"}, Notice.DOWNTIME),
        (1, {"maxSurge": 0, "maxUnavailable": 0}, Notice.DOWNTIME),
        (3, {}, Notice.RESTART),
    ],
)
def test_a_rollout_that_keeps_none_is_downtime(
    replicas: int,
    rolling: Json,
    notice: Notice,
) -> None:
    old = deployment("account", replicas, rolling=rolling)
    new = deployment("account", replicas, rolling=rolling, tag="8.7.0")
    assert row("account", changed("account", old, new)).notice is notice


def test_recreating_is_downtime() -> None:
    old, new = deployment("account", 3), deployment("account", 3, tag="8.7.0")
    for one in (old, new):
        one["spec"]["strategy"] = {"type": "Recreate"}
    assert row("account", changed("account", old, new)).notice is Notice.DOWNTIME


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
            ["restart asked for"],
        ),
        (
            {"tag": "8.5.0", "resources": {}},
            {"resources": {"limits": {}}, "livenessProbe": {}},
            ["image", "resources", "probe"],
        ),
    ],
)
def test_pods_restart_for_a_reason(old: Json, new: Json, reasons: list[str]) -> None:
    step = changed("presence", deployment("presence", **old), deployment("presence", **new))
    assert list(row("presence", step).restarts) == reasons


def _reading(secret: str, digest: str) -> Json:
    env: list[Any] = [
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": secret, "key": "a"}}},
    ]
    return deployment("presence", env=env, annotations={"checksum/chat-url": digest})


def test_a_checksum_named_after_a_secret_tells_that_it_was_rotated() -> None:
    step = changed("presence", _reading("chat-url", "1"), _reading("chat-url", "2"))
    assert list(row("presence", step).restarts) == ["secret rotated"]


def test_any_other_checksum_tells_of_configuration() -> None:
    step = changed("presence", _reading("other", "1"), _reading("other", "2"))
    assert list(row("presence", step).restarts) == ["configuration"]


def test_an_autoscaler_says_how_many_run() -> None:
    def scaler(least: int, most: int) -> Json:
        return {
            "metadata": {"name": "chat-presence", "namespace": "chat"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "chat-presence"},
                "minReplicas": least,
                "maxReplicas": most,
            },
        }

    one = deployment("presence")
    del one["spec"]["replicas"]
    kind = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
    found = row(
        "presence",
        made.step("same", made.DEPLOYMENT, "chat-presence", old=one, new=one),
        made.step("update", kind, "chat-presence", old=scaler(2, 4), new=scaler(3, 8)),
    )
    assert (str(found.before), str(found.after)) == ("2 to 4", "3 to 8")


def test_what_is_replaced_under_its_name_is_down_in_between() -> None:
    one = deployment("presence", 3)
    step = made.step("replace", made.DEPLOYMENT, "chat-presence", old=one, new=one)
    found = row("presence", step)
    assert (list(found.restarts), found.notice) == (["replaced"], Notice.DOWNTIME)


def test_what_moves_is_there_before_the_old_one_goes() -> None:
    old, new = deployment("presence", 3), deployment("presence", 3)
    new["metadata"]["namespace"] = "talk"
    found = row(
        "presence",
        made.step("delete", made.DEPLOYMENT, "chat-presence", old=old),
        made.step("create", made.DEPLOYMENT, "chat-presence", new=new, namespace="talk"),
    )
    assert (list(found.restarts), found.notice) == (["moved"], Notice.RESTART)


def test_services_that_stay_are_known_from_the_outputs_where_the_preview_leaves_them_out() -> None:
    stack = {
        "op": "same",
        "urn": "urn:pulumi:test::rocketchat::pulumi:pulumi:Stack::rocketchat-test",
        "oldState": {
            "type": "pulumi:pulumi:Stack",
            "outputs": {"instances": {"ddpStreamer": 4, "nats": 3}},
        },
    }
    step = changed("presence", deployment("presence"), deployment("presence", 2))
    report = made.report(stack, step)
    assert [row.service.kebab_name for row in report.rows] == ["presence", "ddp-streamer", "nats"]
    assert (str(report.before), str(report.after)) == ("8", "9")
