"""A paused workspace, and the order in which its workloads start and stop."""

from typing import Any

import pytest

from components.inputs.resolve import resolve
from components.manifests.endpoints import endpoints
from components.manifests.mismatch import Mismatch
from components.manifests.patches import apply_patches
from components.manifests.verify import mismatches
from tests.support.components import CASES, inputs, kept_objects, of_kind
from tests.support.paths import CHART_FACTS
from tests.support.rendering import chart_of

CHART = chart_of(CHART_FACTS)
DEPENDS_ON = "config.kubernetes.io/depends-on"
NATS = "apps/namespaces/chat/StatefulSet/chat-nats"
AUTOSCALED = {
    "services": {
        "presence": {
            "autoscaling": {"min_replicas": 2, "max_replicas": 5},
            "resources": {"requests": {"cpu": "100m"}},
        },
    },
}
SCALED_KINDS = ("Deployment", "StatefulSet")


def workspace(case: str = "per-service", **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - inputs
    spec = resolve(inputs(**{**CASES[case], **given}))
    objects = kept_objects(case)
    for obj in objects:
        obj["metadata"].setdefault("namespace", "chat")
    return apply_patches(objects, spec, "8.6.1")


def numbers(objects: list[dict[str, Any]]) -> dict[str, int]:
    return {
        obj["metadata"]["name"]: obj["spec"]["replicas"]
        for obj in objects
        if obj["kind"] in SCALED_KINDS
    }


def without_workloads(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [obj for obj in objects if obj["kind"] not in SCALED_KINDS]


def test_every_workload_has_no_instance_and_the_rest_stays() -> None:
    running, paused = workspace(), workspace(pause=True)
    assert set(numbers(paused).values()) == {0}
    assert numbers(paused).keys() == numbers(running).keys()
    assert without_workloads(paused) == without_workloads(running)


def test_the_pods_templates_stay_so_that_nothing_is_lost() -> None:
    templates = [
        {
            obj["metadata"]["name"]: obj["spec"]["template"]
            for obj in objects
            if obj["kind"] in SCALED_KINDS
        }
        for objects in (workspace(), workspace(pause=True))
    ]
    assert templates[0] == templates[1]


def test_autoscalers_are_left_out_meanwhile() -> None:
    given: dict[str, Any] = {**AUTOSCALED, "replicas": {**CASES["per-service"]["replicas"]}}
    given["replicas"].pop("presence", None)
    assert "HorizontalPodAutoscaler" in {obj["kind"] for obj in workspace(**given)}
    paused = workspace(**given, pause=True)
    assert "HorizontalPodAutoscaler" not in {obj["kind"] for obj in paused}
    assert numbers(paused)["chat-presence"] == 0


def test_a_paused_workspace_is_verified_and_has_no_instances_in_its_outputs() -> None:
    spec = resolve(inputs(**CASES["per-service"], pause=True))
    objects = workspace(pause=True)
    assert mismatches(objects, spec, CHART) == []
    found = endpoints(objects, spec.services, spec.release, spec.namespace)
    assert {endpoint["instances"] for endpoint in found.values()} == {0}
    assert found["nats"]["servers"] == []
    presence = of_kind(objects, "Deployment")["chat-presence"]
    presence["spec"]["replicas"] = 2
    location = "Deployment/chat-presence spec.replicas"
    assert mismatches(objects, spec, CHART) == [Mismatch("pause", location, 0, 2)]


def test_an_update_waits_until_nats_has_stopped_and_not_for_ready_pods() -> None:
    (nats,) = [obj for obj in workspace(pause=True) if obj["kind"] == "StatefulSet"]
    assert "readyReplicas" not in nats["metadata"]["annotations"]["pulumi.com/waitFor"]
    (nats,) = [obj for obj in workspace() if obj["kind"] == "StatefulSet"]
    assert "readyReplicas" in nats["metadata"]["annotations"]["pulumi.com/waitFor"]


def test_nats_starts_first_and_stops_last() -> None:
    running = {obj["metadata"]["name"]: obj for obj in workspace() if obj["kind"] in SCALED_KINDS}
    nats = running.pop("chat-nats")
    assert DEPENDS_ON not in nats["metadata"]["annotations"]
    assert {obj["metadata"]["annotations"][DEPENDS_ON] for obj in running.values()} == {NATS}
    (nats,) = [obj for obj in workspace(pause=True) if obj["kind"] == "StatefulSet"]
    others = nats["metadata"]["annotations"][DEPENDS_ON].split(",")
    assert len(others) == len(running)
    assert "apps/namespaces/chat/Deployment/chat-rocketchat" in others


@pytest.mark.parametrize("pause", [True, False])
def test_without_a_nats_of_its_own_nothing_depends_on_it(*, pause: bool) -> None:
    objects = workspace("external-nats", pause=pause)
    assert all(DEPENDS_ON not in obj["metadata"].get("annotations", {}) for obj in objects)
