"""What a takeover is said to do."""

from copy import deepcopy
from typing import Any

from components.manifests.pod_overrides import override_template
from tools.adopt.plan import kept, plan

CANARY = "canary-77aa"


def deployment(name: str = "a", **container: Any) -> dict[str, Any]:  # noqa: ANN401 - any part
    held = {"name": "main", "image": "chat:1", "env": [{"name": "X", "value": CANARY}], **container}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"a": "b"}},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [held]}}},
    }


def live(*objects: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in objects}


def test_nothing_changes_by_nulls_order_or_the_engines_annotations() -> None:
    before = deployment(resources=None)
    now = deployment(resources={})
    now["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    made = plan([now], [before], live(before))
    assert (made.same, made.changed) == (["Deployment/a"], [])


def test_a_changed_pod_restarts_and_no_value_is_shown() -> None:
    now = deployment(env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "s"}}}])
    made = plan([now], [deployment()], live(deployment()))
    assert made.restarting == ["Deployment/a"]
    path = "spec.template.spec.containers[main].env[X]"
    assert made.changed[0].paths == (f"{path}.value", f"{path}.valueFrom")
    assert CANARY not in str(made)


def test_another_order_of_variables_restarts_a_pod_and_is_told() -> None:
    env = [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]
    before = deployment(env=env)
    made = plan([deployment(env=env[::-1])], [before], live(before))
    assert made.changed[0].paths == ("spec.template: the order of its lists",)
    assert made.restarting == ["Deployment/a"]


def test_what_pods_have_to_keep_is_what_would_restart_them() -> None:
    before, same = deployment(), deployment("same")
    now = deployment(env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "s"}}}])
    new = deployment("new")
    held = kept([now, same, new], [before, same], live(before, same))
    assert set(held) == {"a"}
    assert plan([override_template(now, held)], [before], live(before)).same == ["Deployment/a"]


def test_an_image_that_was_set_by_hand_is_kept() -> None:
    by_hand = deployment(image="chat:hotfix")
    held = kept([deployment()], [deployment()], live(by_hand))
    assert held == {"a": {"spec": {"containers": {"main": {"image": "chat:hotfix"}}}}}
    assert (
        plan([override_template(deployment(), held)], [deployment()], live(by_hand)).restarting
        == []
    )


def test_a_number_changes_without_a_restart_and_is_shown() -> None:
    now = deepcopy(deployment())
    now["spec"]["replicas"] = 5
    made = plan([now], [deployment()], live(deployment()))
    assert "spec.replicas: 2 -> 5" in made.changed[0].paths
    assert made.restarting == []


def test_what_was_changed_by_hand_is_set_back_and_told() -> None:
    by_hand = deployment(image="chat:hotfix")
    made = plan([deployment()], [deployment()], live(by_hand))
    assert made.changed[0].paths == (
        "spec.template.spec.containers[main].image: chat:hotfix -> chat:1",
    )
    assert made.restarting == ["Deployment/a"]


def test_what_is_new_and_what_stays_behind() -> None:
    hook = deployment("test")
    hook["metadata"]["annotations"] = {"helm.sh/hook": "test"}
    made = plan([deployment("new")], [deployment("old"), hook], {})
    assert (made.added, made.left) == (["Deployment/new"], ["Deployment/old"])
