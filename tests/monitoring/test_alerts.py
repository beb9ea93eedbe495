"""The alert rules on series made of what the images answer, by promtool."""

from pathlib import Path

import pytest

from components.kube.objects import KubernetesObject
from tests.support.components import of_kind
from tests.support.go_build import GO_BUILD_SECONDS
from tests.support.prometheus import firing, series, targets

pytestmark = pytest.mark.timeout(GO_BUILD_SECONDS)

Case = tuple[dict[str, str], dict[tuple[str, str], str], list[str]]
"""Values of metrics everywhere and at one pod, and what the alert says."""
HEALTHY = {"moleculer_registry_nodes_online_total": "24", "users_connected": "480"}
"""Everybody on the bus, and nearly as many people as are planned for."""


def alerts(
    objects: list[KubernetesObject],
    folder: Path,
    values: dict[str, str] | None = None,
    at: dict[tuple[str, str], str] | None = None,
) -> dict[str, list[str]]:
    rule = of_kind(objects, "PrometheusRule")["chat-alerts"]
    found = list(targets(objects))
    return firing(rule, series(found, {**HEALTHY, **(values or {})}, at or {}), folder)


def test_no_alert_fires_while_all_is_well(objects: list[KubernetesObject], tmp_path: Path) -> None:
    assert alerts(objects, tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "case"),
    [
        (
            "RocketChatTooManyPeople",
            (
                {"users_connected": "501"},
                {},
                ["4008 people are connected", "Raise concurrent_users or replicas.ddp_streamer"],
            ),
        ),
        (
            "RocketChatInstancesMissing",
            (
                {},
                {("up", "chat-presence-0"): "0"},
                [
                    "1 of 2 instances of presence answer",
                    'service="presence"',
                    'severity="critical"',
                ],
            ),
        ),
        (
            "RocketChatInstancesMissing",
            (
                {},
                # The exporter has nothing of a server that doesn't answer it.
                {
                    ("nats_varz_slow_consumers", "chat-nats-2"): "_",
                    ("nats_routez_num_routes", "chat-nats-2"): "_",
                },
                ["4 of 5 instances of nats answer"],
            ),
        ),
        (
            "RocketChatBusIncomplete",
            (
                {},
                {("moleculer_registry_nodes_online_total", "chat-account-1"): "23"},
                ["chat-account-1 sees only 23 instances on the bus", "At least 24 are asked for"],
            ),
        ),
        (
            # An autoscaler runs more than are asked for, and one pod doesn't see all of them.
            "RocketChatBusIncomplete",
            (
                {"moleculer_registry_nodes_online_total": "30"},
                {("moleculer_registry_nodes_online_total", "chat-account-1"): "29"},
                ["chat-account-1 sees only 29"],
            ),
        ),
        (
            "RocketChatEventLoopLag",
            (
                {},
                {("nodejs_eventloop_lag_seconds", "chat-rocketchat-2"): "0.8"},
                ["chat-rocketchat-2 answers everything 800ms late"],
            ),
        ),
        (
            "RocketChatRateLimited",
            (
                {"rocketchat_ddp_rate_limit_exceeded": "0+30x60"},
                {},
                ["1.5 calls per second are refused"],
            ),
        ),
        (
            "RocketChatNatsRoutesMissing",
            (
                {},
                {("nats_routez_num_routes", "chat-nats-3"): "12"},
                ["chat-nats-3 has only 12 routes"],
            ),
        ),
        (
            "RocketChatNatsSlowConsumers",
            (
                {},
                {("nats_varz_slow_consumers", "chat-nats-1"): "0x50 1x10"},
                ["chat-nats-1 has disconnected instances that read too slowly"],
            ),
        ),
    ],
)
def test_one_alert_fires_and_says_what_is_wrong_and_what_to_do(
    objects: list[KubernetesObject], tmp_path: Path, name: str, case: Case
) -> None:
    values, at, words = case
    found = alerts(objects, tmp_path, values, at)
    assert list(found) == [name]
    (text,) = found[name]
    for part in words:
        assert part in text
    assert 'namespace="chat"' in text


def test_calls_that_fail_are_no_alert_and_calls_that_nobody_answers_are(
    objects: list[KubernetesObject], tmp_path: Path
) -> None:
    """A wrong password is an answer."""
    values = {"moleculer_request_error_total": "0+9x60"}
    assert alerts(objects, tmp_path, values) == {}
    found = list(targets(objects))
    given = series(found, {**HEALTHY, **values}, {})
    for item in given:
        if 'type="remote"' in item["series"]:
            item["series"] = item["series"].replace('"Error"', '"RequestTimeoutError"')
    rule = of_kind(objects, "PrometheusRule")["chat-alerts"]
    (text,) = firing(rule, given, tmp_path)["RocketChatCallsUnanswered"]
    assert "presence hasn't answered" in text


def test_nothing_that_is_scraped_means_that_every_instance_is_missing(
    objects: list[KubernetesObject], tmp_path: Path
) -> None:
    rule = of_kind(objects, "PrometheusRule")["chat-alerts"]
    found = firing(rule, [{"series": "unrelated", "values": "1x60"}], tmp_path)
    assert list(found) == ["RocketChatInstancesMissing"]
    assert len(found["RocketChatInstancesMissing"]) == len(
        {target.labels["container"] for target in targets(objects)}
    )
