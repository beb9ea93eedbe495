"""What an autoscaler aims at, and how slowly it takes instances away."""

from typing import Any

import pytest

from components.chart.render import installed_objects
from components.inputs.resolve import resolve
from components.kube.schema import schema_errors
from components.manifests.patches import apply_patches
from components.manifests.served_apis import CUSTOM_METRICS, drop_unserved, needed_groups
from tests.support.components import inputs, kept_objects, of_kind, problems_of

BOUNDS = {"min_replicas": 2, "max_replicas": 9}
PEOPLE = {**BOUNDS, "target_users_connected": 400}
CPU: dict[str, Any] = {"resources": {"requests": {"cpu": "1"}}}


def autoscaler(service: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - settings
    spec = resolve(inputs(namespace="chat", services={service: settings}))
    objects = apply_patches(installed_objects(kept_objects("per-service"), "chat"), spec, "8.6.1")
    (found,) = of_kind(objects, "HorizontalPodAutoscaler").values()
    assert list(schema_errors(found, "HorizontalPodAutoscaler", "autoscaling/v2")) == []
    wanted: dict[str, Any] = found["spec"]
    return wanted


def test_people_on_each_instance_take_the_place_of_cpu() -> None:
    (metric,) = autoscaler("ddp_streamer", autoscaling=PEOPLE)["metrics"]
    assert metric == {
        "type": "Pods",
        "pods": {
            "metric": {"name": "users_connected"},
            "target": {"type": "AverageValue", "averageValue": "400"},
        },
    }


def test_ddp_streamers_are_taken_away_slowly_by_whatever_they_are_scaled() -> None:
    for settings in ({"autoscaling": PEOPLE}, {**CPU, "autoscaling": BOUNDS}):
        down = autoscaler("ddp_streamer", **settings)["behavior"]["scaleDown"]
        assert down == {
            "stabilizationWindowSeconds": 1800,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 600}],
        }
    scale_down = {"stabilization_window_seconds": 60, "period_seconds": 30}
    wanted = autoscaler("ddp_streamer", autoscaling={**PEOPLE, "scale_down": scale_down})
    assert wanted["behavior"]["scaleDown"] == {
        "stabilizationWindowSeconds": 60,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 30}],
    }


def test_other_services_are_taken_away_as_kubernetes_does() -> None:
    assert "behavior" not in autoscaler("presence", **CPU, autoscaling=BOUNDS)


@pytest.mark.parametrize(
    ("service", "autoscaling", "problem"),
    [
        (
            "ddp_streamer",
            {**PEOPLE, "target_cpu_percent": 50},
            (
                "services.ddp_streamer.autoscaling.target_users_connected: takes the place of"
                " services.ddp_streamer.autoscaling.target_cpu_percent. Keep one."
            ),
        ),
        (
            "ddp_streamer",
            {**BOUNDS, "target_users_connected": 501},
            (
                "services.ddp_streamer.autoscaling.target_users_connected: got 501; allowed is an"
                " integer from 1 to 500. An instance is planned for 500."
            ),
        ),
        (
            "ddp_streamer",
            BOUNDS,
            (
                "services.ddp_streamer.autoscaling: needs a CPU request to measure by. Set"
                " services.ddp_streamer.resources.requests.cpu."
            ),
        ),
    ],
)
def test_what_contradicts_is_refused(
    service: str, autoscaling: dict[str, int], problem: str
) -> None:
    settings = {service: {"autoscaling": autoscaling}}
    assert problems_of(lambda: resolve(inputs(services=settings))) == [problem]


def test_only_ddp_streamer_can_be_scaled_by_people() -> None:
    (problem,) = problems_of(
        lambda: resolve(inputs(services={"presence": {**CPU, "autoscaling": PEOPLE}}))
    )
    assert "target_users_connected" in problem


@pytest.mark.parametrize(
    ("served", "words"),
    [
        ({}, ""),
        ({CUSTOM_METRICS: {"pods/users_connected"}}, ""),
        ({CUSTOM_METRICS: set()}, "has no effect yet, as no custom metrics API answers"),
        ({CUSTOM_METRICS: {"pods/cpu"}}, "the adapter has no metric users_connected of pods"),
    ],
)
def test_a_cluster_that_cannot_count_people_is_told(served: Any, words: str) -> None:  # noqa: ANN401 - see served_apis
    spec = resolve(inputs(services={"ddp_streamer": {"autoscaling": PEOPLE}}))
    assert needed_groups(spec) == [CUSTOM_METRICS]
    warnings = drop_unserved([], spec, served)[1]
    assert bool(warnings) == bool(words)
    assert words in "".join(warnings)
