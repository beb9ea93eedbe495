"""What an update takes from others is reported; what is another stack's or Helm's is refused."""

from copy import deepcopy
from typing import Any

import pulumi
import pytest

from components.deploy.live_objects import LiveObjects
from tests.support.components import CASES, inputs, of_kind
from tests.support.mock_engine import Engine

OURS = "pulumi-kubernetes-test"
GIVEN = inputs(namespace="chat", **CASES["per-service"])
REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}


def presence(engine: Engine) -> dict[str, Any]:
    """The Deployment of presence as the workspace declares it."""
    engine.deploy(GIVEN)
    return deepcopy(of_kind(engine.objects, "Deployment")["chat-presence"])


def live(obj: dict[str, Any], *entries: dict[str, Any], replicas: int = 1) -> dict[str, Any]:
    metadata = {**obj["metadata"], "managedFields": list(entries)}
    return {**obj, "metadata": metadata, "spec": {**obj["spec"], "replicas": replicas}}


def entry(manager: str, fields: dict[str, Any], operation: str = "Update") -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, "time": "2026"}


def deployed(obj: dict[str, Any]) -> dict[str, Any]:
    """The state of the last update, with one object in it."""
    return {"urn": {"type": "t", "outputs": {"__inputs": obj}}}


def about_presence(engine: Engine) -> list[str]:
    return [text for text in engine.warnings if text.startswith("Deployment/")]


def test_a_field_that_the_update_takes_back_is_reported(engine: Engine) -> None:
    obj = presence(engine)
    engine.live = LiveObjects([live(obj, entry("kubectl", REPLICAS), replicas=5)])
    engine.deploy(GIVEN)
    message = "Deployment/chat-presence spec.replicas: kubectl set 5; this update sets 2."
    assert about_presence(engine) == [message]


def test_an_object_that_the_update_does_not_change_is_left(engine: Engine) -> None:
    obj = presence(engine)
    engine.live = LiveObjects([live(obj, entry("kubectl", REPLICAS), replicas=5)])
    before = deepcopy(obj)
    # The state omits what is empty, and has floats.
    before["spec"]["replicas"] = 2.0
    before["metadata"]["nothing"] = {}
    engine.provider.deployed = deployed(before)
    engine.deploy(GIVEN)
    (reported,) = about_presence(engine)
    assert "kubectl set 5; the stack says 2. `pulumi up --refresh` sets it back" in reported
    before["spec"]["paused"] = True
    engine.deploy(GIVEN)
    (reported,) = about_presence(engine)
    assert reported.endswith("this update sets 2.")


def test_a_new_field_is_nobodys_and_a_removed_one_was_removed_by_hand(engine: Engine) -> None:
    obj = presence(engine)
    bare = live(obj, entry(OURS, {"f:spec": {"f:selector": {}}}, "Apply"))
    del bare["spec"]["replicas"]
    engine.live = LiveObjects([bare])
    before = deepcopy(obj)
    del before["spec"]["replicas"]
    engine.provider.deployed = deployed(before)
    engine.deploy(GIVEN)
    assert not any("spec.replicas" in reported for reported in about_presence(engine))
    engine.provider.deployed = deployed(obj)
    engine.deploy(GIVEN)
    assert any(
        "spec.replicas: was removed by hand" in reported for reported in about_presence(engine)
    )


def test_a_cluster_that_cannot_be_read_is_one_warning(engine: Engine) -> None:
    engine.live = LiveObjects(unreadable="Ingress (forbidden)")
    engine.deploy(GIVEN)
    found = [text for text in engine.warnings if "Ingress (forbidden)" in text]
    assert len(found) == 1
    assert found[0].startswith("What others have changed on the cluster can't be reported")


def refusal(engine: Engine) -> str:
    with pytest.raises(pulumi.RunError) as raised:
        engine.deploy(GIVEN)
    assert engine.registered.keys() <= {"talk"}
    return str(raised.value)


def test_objects_of_another_stack_are_refused_unless_they_are_taken_by_force(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    obj = presence(engine)
    theirs = entry("pulumi-kubernetes-staging", REPLICAS, "Apply")
    engine.live = LiveObjects([live(obj, theirs)])
    message = refusal(engine)
    assert "Deployment/chat-presence in namespace chat: stack staging has written" in message
    monkeypatch.setenv("PULUMI_K8S_ENABLE_PATCH_FORCE", "true")
    engine.deploy(GIVEN)


def test_objects_of_a_helm_release_are_refused_with_the_way_to_take_them(engine: Engine) -> None:
    obj = presence(engine)
    obj["metadata"]["annotations"] = {"meta.helm.sh/release-name": "legacy"}
    engine.live = LiveObjects([live(obj, entry("helm", REPLICAS))])
    message = refusal(engine)
    assert "Helm's release legacy has installed them" in message
    assert "python -m tools.adopt" in message


def test_a_service_that_somebody_runs_already_is_refused_and_can_be_kept(engine: Engine) -> None:
    obj = presence(engine)
    worker = live(obj, entry("kubectl-client-side-apply", REPLICAS))
    worker["metadata"]["name"] = "queue-worker"
    worker["spec"]["template"]["spec"]["containers"] = [
        {"name": "worker", "image": "rocketchat/queue-worker-service:8.6.1"}
    ]
    engine.live = LiveObjects([worker])
    told = refusal(engine)
    assert "Deployment/queue-worker in namespace chat runs queue-worker already" in told
    assert "`kubectl delete deployment queue-worker --namespace chat`" in told
    engine.deploy({**GIVEN, "omnichannel_services": False})
    worker["metadata"]["managedFields"] = [entry(OURS, REPLICAS, "Apply")]
    engine.deploy(GIVEN)
