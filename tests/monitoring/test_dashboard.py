"""The dashboard's queries on a real Prometheus that scrapes what the images answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.kube.objects import KubernetesObject
from tests.support.components import of_kind
from tests.support.go_build import GO_BUILD_SECONDS
from tests.support.prometheus import targets
from tests.support.prometheus_server import scraping

pytestmark = pytest.mark.timeout(GO_BUILD_SECONDS)


def dashboard(objects: list[KubernetesObject]) -> dict[str, Any]:
    (text,) = of_kind(objects, "ConfigMap")["chat-dashboard"]["data"].values()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_every_query_finds_something(objects: list[KubernetesObject], tmp_path: Path) -> None:
    answers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with scraping(list(targets(objects)), tmp_path) as prometheus:
        for panel in dashboard(objects)["panels"]:
            answers[panel["title"]] = {
                target["legendFormat"]: prometheus.query(
                    target["expr"].replace("$__rate_interval", "1m")
                )
                for target in panel["targets"]
            }
    empty = [
        (title, legend)
        for title, queries in answers.items()
        for legend, found in queries.items()
        if not found
    ]
    assert empty == []
    (instances, *_) = answers.values()
    counted = {legend: found[0]["value"][1] for legend, found in instances.items()}
    assert counted["ddp-streamer of 8"] == "8"
    assert counted["nats of 5"] == "5"
    people = answers["People, and what the ddp-streamers are planned for"]
    assert people["planned for"][0]["value"][1] == "4000"
    assert people["people"][0]["value"][1] == "40"


def test_panels_stand_side_by_side_and_none_on_another(objects: list[KubernetesObject]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard(objects)["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
