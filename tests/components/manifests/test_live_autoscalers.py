"""Whose the number of instances is: the config's, or an autoscaler's."""

from typing import Any

from components.inputs.resolve import resolve
from components.manifests.autoscaling import add_autoscalers
from components.manifests.live_autoscalers import Autoscalers, find_autoscalers
from tests.support.components import inputs
from tests.support.workloads import deployment

OURS = "pulumi-kubernetes-prod"
WORKLOAD = ("Deployment", "chat-ddp-streamer")
AUTOSCALED: dict[str, Any] = {
    "services": {
        "ddp_streamer": {
            "autoscaling": {"min_replicas": 2, "max_replicas": 9},
            "resources": {"requests": {"cpu": "100m"}},
        },
    },
}


def autoscaler(
    name: str, kind: str = "HorizontalPodAutoscaler", *, manager: str = "", **metadata: object
) -> dict[str, Any]:
    entries = [{"manager": manager}]
    return {
        "kind": kind,
        "metadata": {"name": name, "managedFields": entries, **metadata},
        "spec": {"scaleTargetRef": {"name": WORKLOAD[1], "kind": "Deployment"}},
    }


def found(*live: dict[str, Any], number: int = 7, **given: object) -> Autoscalers:
    spec = resolve(inputs(**given))
    workload = deployment("chat-ddp-streamer", "ddp-streamer")
    running = {**workload, "spec": {**workload["spec"], "replicas": number}}
    objects = add_autoscalers([workload], spec)
    return find_autoscalers(objects, [running, *live], spec, OURS)


def test_without_an_autoscaler_the_config_decides() -> None:
    assert found() == Autoscalers()
    other = autoscaler("x")
    other["spec"]["scaleTargetRef"]["name"] = "another"
    assert found(other) == Autoscalers()


def test_the_number_is_left_to_the_services_own_autoscaler() -> None:
    assert found(**AUTOSCALED) == Autoscalers({WORKLOAD})
    ours = autoscaler("chat-ddp-streamer", manager=OURS)
    assert found(ours, **AUTOSCALED) == Autoscalers({WORKLOAD})


def test_a_foreign_autoscaler_or_scaled_object_is_reported_and_left_alone() -> None:
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        result = found(autoscaler("theirs", kind))
        assert result.ignored == {WORKLOAD}
        assert result.warnings == [
            (
                f"replicas.ddp_streamer: {kind}/theirs on the cluster, which isn't this stack's,"
                " scales Deployment/chat-ddp-streamer. The number of instances (7 now) is left to"
                " it."
            ),
        ]
        assert result.errors == []


def test_keda_and_the_autoscaler_that_it_works_by_are_one() -> None:
    owner = {"kind": "ScaledObject", "name": "theirs"}
    result = found(
        autoscaler("theirs", "ScaledObject"),
        autoscaler("keda-hpa-theirs", ownerReferences=[owner]),
    )
    assert result.errors == []
    assert len(result.warnings) == 1


def test_two_autoscalers_are_refused() -> None:
    (error,) = found(autoscaler("theirs"), **AUTOSCALED).errors
    assert error.startswith("services.ddp_streamer.autoscaling: HorizontalPodAutoscaler/theirs")
    (error,) = found(autoscaler("a"), autoscaler("b")).errors
    assert error.startswith("replicas.ddp_streamer: HorizontalPodAutoscaler/a and")


def test_the_number_stays_on_the_update_that_switches_autoscaling_off() -> None:
    result = found(autoscaler("chat-ddp-streamer", manager=OURS), replicas={"ddp_streamer": 3})
    assert result.ignored == {WORKLOAD}
    (warning,) = result.warnings
    assert "is switched off, and Deployment/chat-ddp-streamer keeps the 7 instances" in warning


def test_what_somebody_has_scaled_to_nothing_no_autoscaler_of_kubernetes_brings_back() -> None:
    assert found(number=0, **AUTOSCALED) == Autoscalers()
    assert found(autoscaler("theirs"), number=0) == Autoscalers()
    assert found(autoscaler("theirs", "ScaledObject"), number=0).ignored == {WORKLOAD}


def test_a_pause_stops_what_an_autoscaler_scales() -> None:
    assert found(autoscaler("theirs"), pause=True) == Autoscalers()
    ours = autoscaler("chat-ddp-streamer", manager=OURS)
    assert found(ours, pause=True, **AUTOSCALED) == Autoscalers()
    keda = found(autoscaler("theirs", "ScaledObject"), pause=True)
    assert keda.ignored == set()
    (warning,) = keda.warnings
    assert "paused-replicas=0" in warning
