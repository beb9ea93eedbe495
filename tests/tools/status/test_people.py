"""How many people are on the ddp-streamers, and whether they fit."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.kube.api import Api
from components.kube.connection import DirectConnection
from tests.support.http_server import Response, Server, serve
from tests.support.prometheus import METRICS as METRICS_OF_IMAGES
from tests.support.status import healthy_report, instance, service
from tools.status.desired import Desired, from_cluster
from tools.status.formatting import format_people
from tools.status.page import render_page
from tools.status.people import count_people, parse_people
from tools.status.report import People, ServiceStatus

METRICS = """# HELP users_connected Users connected by streamer
# TYPE users_connected gauge
users_connected{{nodeID="ddp-1",namespace=""}} {people}
# TYPE users_connected_total gauge
users_connected_total 9999
# TYPE users_logged gauge
users_logged{{nodeID="ddp-1",namespace=""}} 7
"""
PODS = ("chat-ddp-streamer-a", "chat-ddp-streamer-b")
PATH = "/api/v1/namespaces/chat/pods/{}:9458/proxy/metrics"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


def desired(port: str = "ms-metrics") -> Desired:
    labels = {
        "app.kubernetes.io/name": "chat-ddp-streamer",
        "app.kubernetes.io/instance": "chat",
    }
    ports = [{"name": "http", "containerPort": 3000}, {"name": port, "containerPort": 9458}]
    pod = {"containers": [{"name": "ddp-streamer", "ports": ports}]}
    workload: dict[str, Any] = {
        "kind": "Deployment",
        "metadata": {"name": "chat-ddp-streamer"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"spec": pod}},
    }
    return from_cluster([workload], title="", namespace="chat", release="chat")


def streamers(**changes: Any) -> ServiceStatus:  # noqa: ANN401 - any field
    return service("ddp-streamer", *map(instance, PODS), desired=2, **changes)


def ask(
    server: Server, wanted: Desired, status: ServiceStatus
) -> tuple[list[ServiceStatus], People | None, list[str]]:
    with Api(DirectConnection(server.url)) as api:
        return count_people(api, wanted, [status])


def test_people_of_every_instance_add_up(server: Server) -> None:
    for pod, people in zip(PODS, (480, 120), strict=True):
        server.responses[PATH.format(pod)] = Response(METRICS.format(people=people))
    (counted,), total, notes = ask(server, desired(), streamers())
    assert [item.people for item in counted.instances] == [480, 120]
    assert total
    assert (total.connected, total.capacity, total.left) == (600, 1000, 400)
    assert not notes
    assert healthy_report(people=total).healthy


def test_more_people_than_planned_for_are_a_problem_that_says_what_fits(server: Server) -> None:
    for pod, people in zip(PODS, (700, 401), strict=True):
        server.responses[PATH.format(pod)] = Response(METRICS.format(people=people))
    _, total, notes = ask(server, desired(), streamers())
    report = healthy_report(people=total)
    assert not report.healthy
    assert report.problems == [
        (
            "people: 1101 people are on ddp-streamers planned for 1000; set concurrentUsers to 1101"
            " or more, or replicas.ddpStreamer to 3 or more"
        )
    ]
    assert notes == [
        "chat-ddp-streamer-a has 700 people, more than the 500 that it is planned for."
    ]


def test_an_autoscaler_that_may_not_add_enough_is_named(server: Server) -> None:
    for pod in PODS:
        server.responses[PATH.format(pod)] = Response(METRICS.format(people=1000))
    _, total, _ = ask(server, desired(), streamers(desired_max=3))
    assert total
    assert total.problem.endswith("services.ddpStreamer.autoscaling.maxReplicas to 4 or more")
    _, total, _ = ask(server, desired(), streamers(desired_max=9))
    assert total
    assert total.problem.endswith("services.ddpStreamer.autoscaling.minReplicas to 4")


def test_an_instance_that_may_not_be_asked_is_noted_and_not_counted_as_empty(
    server: Server,
) -> None:
    server.responses[PATH.format(PODS[0])] = Response(METRICS.format(people=5))
    server.responses[PATH.format(PODS[1])] = Response('{"message": "forbidden"}', 403)
    (counted,), total, notes = ask(server, desired(), streamers())
    assert [item.people for item in counted.instances] == [5, None]
    assert total
    assert (total.connected, total.left) == (5, None)
    assert format_people(total) == (
        "at least 5 people on ddp-streamers planned for 1000; 1 of them didn't say"
    )
    assert notes == [
        "The people on 1 of 2 ddp-streamers are unknown, as their metrics can't be read: forbidden."
    ]


def test_nobody_is_asked_where_metrics_are_off(server: Server) -> None:
    (_,), total, notes = ask(server, desired(port="other"), streamers())
    assert total is None
    assert not notes
    assert not server.requests


@pytest.mark.parametrize("metrics", ["", "users_logged 3", "users_connected NaN", "<html>"])
def test_text_without_a_number_of_people_is_none(metrics: str) -> None:
    assert parse_people(metrics) is None


def test_an_instance_that_nobody_has_connected_to_yet_has_no_people() -> None:
    assert parse_people((METRICS_OF_IMAGES / "presence.txt").read_text()) == 0
    assert parse_people((METRICS_OF_IMAGES / "ddp-streamer.txt").read_text()) == 5


def test_the_page_shows_a_bar_for_each_instance_and_a_dot_for_each_pod(server: Server) -> None:
    for pod, people in zip(PODS, (480, 120), strict=True):
        server.responses[PATH.format(pod)] = Response(METRICS.format(people=people))
    services, total, _ = ask(server, desired(), streamers())
    page = render_page(healthy_report(services=services, people=total))
    assert "600 of 1000 people on ddp-streamers, room for 400 more" in page
    assert page.count("<progress") == len(PODS)
    assert page.count('class="dot"') == len(PODS)
