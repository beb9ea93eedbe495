"""The services that the chart lacks, beside those that it renders."""

import json
from typing import Any

import pytest

from components.chart.values import helm_values
from components.inputs.resolve import resolve
from components.kube.objects import find_container, find_env, kind_and_name, to_plain_json
from components.kube.schema import schema_errors
from components.manifests.added_services import run_elsewhere
from components.manifests.endpoints import endpoints
from components.manifests.patches import apply_patches
from components.manifests.verify import mismatches
from components.manifests.workloads import find_workload
from components.services import ACCOUNT, ADDED, BY_NAME, Service
from tests.support.components import Object, inputs, kept_objects, of_kind, refusal
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import chart_of

EACH = [pytest.param(service, id=service.kebab_name) for service in ADDED]
PREFIX = "pulumi-kubernetes-"


def workspace(case: str = "per-service", **given: Any) -> list[Object]:  # noqa: ANN401 - any input
    objects = [to_plain_json(obj) for obj in kept_objects(case)]
    for obj in objects:
        obj["metadata"].setdefault("namespace", "chat")
    return apply_patches(objects, resolve(inputs(namespace="chat", **given)), "8.6.1")


def added(objects: list[Object]) -> list[str]:
    names = [service.kebab_name for service in ADDED]
    return [kind_and_name(obj) for obj in objects if any(name in str(obj) for name in names)]


def container_of(objects: list[Object], service: Service) -> Object:
    workload = find_workload(objects, service, "chat")
    assert workload is not None
    container = find_container(workload, service.container)
    assert container is not None
    return container


@pytest.mark.parametrize("service", EACH)
def test_it_is_as_the_charts_own_but_for_its_name_and_image(service: Service) -> None:
    # The case has as many of the account service.
    objects = workspace(replicas={service.name: 4})
    sibling = json.dumps(find_workload(objects, ACCOUNT, "chat"))
    renamed = sibling.replace("chat-account", f"chat-{service.kebab_name}")
    expected = json.loads(renamed.replace("account-service", service.container))
    assert find_workload(objects, service, "chat") == expected


@pytest.mark.parametrize("service", EACH)
def test_kubernetes_accepts_it(service: Service) -> None:
    for obj in workspace(replicas={service.name: 2}):
        if service.kebab_name in obj["metadata"]["name"]:
            assert list(schema_errors(obj, obj["kind"], obj["apiVersion"])) == []


@pytest.mark.parametrize("service", EACH)
def test_its_settings_are_its_own(service: Service) -> None:
    settings = {
        "resources": {"requests": {"cpu": "1"}},
        "variables": {"POLLING_INTERVAL": "1000"},
        "node_selector": {"pool": "batch"},
    }
    objects = workspace(
        services={service.name: settings, "account": {"resources": {"limits": {"cpu": "9"}}}},
        replicas={service.name: 3},
    )
    workload = find_workload(objects, service, "chat")
    assert workload is not None
    assert workload["spec"]["replicas"] == 3
    assert workload["spec"]["template"]["spec"]["nodeSelector"] == {"pool": "batch"}
    container = container_of(objects, service)
    assert container["resources"] == settings["resources"]
    assert find_env(container, "POLLING_INTERVAL") is not None
    assert f"chat-{service.kebab_name}" in of_kind(objects, "PodDisruptionBudget")
    others = [container_of(objects, other) for other in ADDED if other is not service]
    assert all("resources" in other and not other["resources"] for other in others)


@pytest.mark.parametrize("service", EACH)
def test_what_values_say_of_a_single_service_is_not_its_own(service: Service) -> None:
    objects = workspace("every-value")
    pod = str(find_workload(objects, service, "chat"))
    # Those of the account service, and those of all.
    assert "1000" not in pod
    assert "disk" not in pod
    assert "chat-certs" not in pod
    assert "certs" in pod
    image = container_of(objects, service)["image"]
    assert image == f"mirror.example.com/rocketchat/{service.container}:8.6.0"


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ({"image": {"registry": "m.example.com:5000"}}, "m.example.com:5000/rocketchat/"),
        ({}, "rocketchat/"),
    ],
)
def test_images_are_beside_the_others(given: dict[str, Any], image: str) -> None:
    objects = workspace(**given)
    for service in ADDED:
        assert container_of(objects, service)["image"] == f"{image}{service.container}:8.6.1"


@pytest.mark.parametrize(
    ("case", "given"),
    [
        pytest.param("per-service", {"omnichannel_services": False}, id="switched off"),
        pytest.param("per-service", {"monolith_features": "enabled"}, id="features kept"),
        pytest.param("monolith-nats", {"mode": "monolith", "replica_count": 3}, id="monolith"),
    ],
)
def test_both_are_left_out_together(case: str, given: dict[str, Any]) -> None:
    assert added(workspace(case, **given)) == []


def test_the_chart_gets_no_values_for_them() -> None:
    given = {"replicas": {"queue_worker": 4}, "services": {"queue_worker": {"pod_labels": {}}}}
    text = str(helm_values(resolve(inputs(**given))))
    assert "queue" not in text.lower()
    assert "transcript" not in text.lower()


def test_values_for_them_are_refused_with_the_inputs_that_take_their_place() -> None:
    values = {"microservices": {"queueWorker": {"replicas": 2}}}
    assert "microservices.queueWorker belongs to an input. Use replicas.queue_worker" in refusal(
        lambda: resolve(inputs(values=values))
    )


def test_numbers_for_what_does_not_run_are_warned_about() -> None:
    def warning(**given: Any) -> str:  # noqa: ANN401 - any input
        (text,) = resolve(inputs(replicas={"queue_worker": 2}, **given)).warnings
        return text

    assert "omnichannel_services is false" in warning(omnichannel_services=False)
    assert "monolith_features is enabled" in warning(monolith_features="enabled")


def test_a_chart_that_has_learned_to_render_one_keeps_its_own() -> None:
    objects = workspace()
    spec = resolve(inputs(namespace="chat"))
    again = apply_patches(objects, spec, "8.6.1")
    assert len(of_kind(again, "Deployment")) == len(
        [obj for obj in again if obj["kind"] == "Deployment"]
    )


def test_one_that_is_missing_or_too_many_is_a_mismatch() -> None:
    spec = resolve(inputs(namespace="chat", ingress={"enabled": False}))
    without = [obj for obj in workspace() if "queue-worker" not in obj["metadata"]["name"]]
    chart = chart_of(SIMULATION_CHART)
    assert "replicas.queue_worker" in [found.input for found in mismatches(without, spec, chart)]
    off = resolve(inputs(namespace="chat", omnichannel_services=False))
    assert "omnichannel_services" in [found.input for found in mismatches(workspace(), off, chart)]


def test_they_have_endpoints() -> None:
    found = endpoints(workspace(), ADDED, "chat", "chat")
    assert found["queueWorker"] == {
        "workload": "Deployment/chat-queue-worker",
        "instances": 1,
        "dns": "chat-queue-worker.chat.svc.cluster.local",
        "ports": {"metrics": 9458},
    }
    assert list(found) == ["queueWorker", "omnichannelTranscript"]


def live(name: str, image: str, manager: str = "kubectl", **labels: str) -> Object:
    """A Deployment on the cluster."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "managedFields": [{"manager": manager, "operation": "Apply"}]},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name, **labels}},
            "template": {"spec": {"containers": [{"name": "worker", "image": image}]}},
        },
    }


@pytest.mark.parametrize(
    ("obj", "found"),
    [
        (live("worker", "m.example.com/rocketchat/queue-worker-service:8.6.1"), True),
        (live("worker", "rocketchat/queue-worker-service@sha256:0"), True),
        (live("chat-queue-worker", "queue-worker-service"), True),
        (live("worker", "rocketchat/account-service:8.6.1"), False),
        (live("chat-queue-worker", "rocketchat/queue-worker-service:1", f"{PREFIX}chat"), False),
        (
            live("w", "rocketchat/queue-worker-service:1", **{"app.kubernetes.io/instance": "b"}),
            False,
        ),
    ],
)
def test_those_that_people_run_are_found_by_their_image(obj: Object, found: bool) -> None:  # noqa: FBT001
    expected = [(BY_NAME["queue_worker"], obj)] if found else []
    assert run_elsewhere([obj, {"kind": "ConfigMap"}], "chat", PREFIX) == expected
