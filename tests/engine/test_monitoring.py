"""A workspace that is monitored, with the real kinds of Prometheus' operator and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from components.kube.paths import collection_path
from components.manifests.monitoring import API_VERSION, KINDS
from tests.support.program import Program
from tests.support.waiting import wait_for
from tools.simulation import prometheus_operator
from tools.simulation.topology import DEFINITIONS

pytestmark = pytest.mark.engine

SITE = "release=prometheus"
MONITORING: dict[str, Any] = {"monitoring": {"labels": {"release": "prometheus"}}}


def _monitoring(program: Program) -> dict[str, set[str]]:
    """The names of what monitors the workspace with the site's label, by kind."""
    versions = {**dict.fromkeys(KINDS, API_VERSION), "ConfigMap": "v1"}
    with program.cluster.api() as api:
        found = {
            kind: api.items(collection_path(version, kind, program.namespace), SITE)
            for kind, version in versions.items()
        }
    return {
        kind: {item["metadata"]["name"] for item in items} for kind, items in found.items() if items
    }


@contextmanager
def _without_kinds(program: Program) -> Iterator[None]:
    definitions = prometheus_operator.DEFINITIONS.read()
    with program.cluster.api() as api:
        paths = [f"{DEFINITIONS}/{item['metadata']['name']}" for item in definitions]
        for path in paths:
            api.send("DELETE", path)
        wait_for(lambda: not any(map(api.find, paths)))
        wait_for(lambda: api.find(f"/apis/{API_VERSION}") is None)
    try:
        yield
    finally:
        program.cluster.up()


def test_a_workspace_is_monitored_and_no_longer(program: Program) -> None:
    program.up(**MONITORING)
    assert _monitoring(program) == {
        "PodMonitor": {"chat-services", "chat-nats"},
        "PrometheusRule": {"chat-alerts"},
        "ConfigMap": {"chat-dashboard"},
    }
    assert program.preview(**MONITORING)["changeSummary"].keys() == {"same"}
    program.up()
    assert _monitoring(program) == {}


def test_without_prometheus_operator_the_rest_is_deployed_and_the_preview_says_why(
    program: Program,
) -> None:
    with _without_kinds(program):
        program.configure(**MONITORING)
        program.stack()
        told = program.run("preview", "--stack", "test", "--color", "never").stdout
        assert "monitoring: has no effect, as the cluster has no PodMonitor" in " ".join(
            told.split()
        )
        program.repeat_up()
    assert program.pods()["rocketchat"] == 1
    assert _monitoring(program) == {}
    program.repeat_up()
    assert _monitoring(program).keys() == {"PodMonitor", "PrometheusRule", "ConfigMap"}
