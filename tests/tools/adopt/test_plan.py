"""What a takeover says that it changes."""

from copy import deepcopy
from typing import Any

from components.kube.objects import kind_and_name
from components.manifests.pod_overrides import override_template
from tools.adopt.plan import make_plan, make_pod_template_overrides

CANARY = "canary-77aa"
VALUE_FROM = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s"}}}


def deployment(name: str = "a", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    env = [{"name": "X", "value": CANARY}]
    container = {"name": "main", "image": "chat:1", "env": env, **fields}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"a": "b"}},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}},
    }


def live(*objects: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {kind_and_name(obj): obj for obj in objects}


def test_nulls_empty_fields_and_the_providers_annotations_change_nothing() -> None:
    before = deployment(resources=None)
    desired = deployment(resources={})
    desired["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    plan = make_plan([desired], [before], live(before))
    assert (plan.unchanged, plan.changed) == (["Deployment/a"], [])


def test_a_changed_variable_restarts_pods_and_its_value_is_not_shown() -> None:
    plan = make_plan([deployment(env=[VALUE_FROM])], [deployment()], live(deployment()))
    assert plan.restarting == ["Deployment/a"]
    path = "spec.template.spec.containers[main].env[X]"
    assert plan.changed[0].fields == (f"{path}.value", f"{path}.valueFrom")
    assert CANARY not in str(plan)


def test_another_order_of_variables_restarts_pods() -> None:
    env = [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]
    before = deployment(env=env)
    plan = make_plan([deployment(env=env[::-1])], [before], live(before))
    assert plan.changed[0].fields == ("spec.template: the order of its arrays",)
    assert plan.restarting == ["Deployment/a"]


def test_with_its_overrides_no_pod_restarts() -> None:
    before, same = deployment(), deployment("same")
    desired, new = deployment(env=[VALUE_FROM]), deployment("new")
    overrides = make_pod_template_overrides(
        [desired, same, new], [before, same], live(before, same)
    )
    assert set(overrides) == {"a"}
    plan = make_plan([override_template(desired, overrides)], [before], live(before))
    assert plan.unchanged == ["Deployment/a"]


def test_overrides_keep_an_image_that_was_set_by_hand() -> None:
    by_hand = live(deployment(image="chat:hotfix"))
    overrides = make_pod_template_overrides([deployment()], [deployment()], by_hand)
    assert overrides == {"a": {"spec": {"containers": {"main": {"image": "chat:hotfix"}}}}}
    desired = override_template(deployment(), overrides)
    assert make_plan([desired], [deployment()], by_hand).restarting == []


def test_replicas_change_without_a_restart_and_are_shown() -> None:
    desired = deepcopy(deployment())
    desired["spec"]["replicas"] = 5
    plan = make_plan([desired], [deployment()], live(deployment()))
    assert "spec.replicas: 2 -> 5" in plan.changed[0].fields
    assert plan.restarting == []


def test_an_image_that_was_set_by_hand_is_shown_as_a_change() -> None:
    plan = make_plan([deployment()], [deployment()], live(deployment(image="chat:hotfix")))
    assert plan.changed[0].fields == (
        "spec.template.spec.containers[main].image: chat:hotfix -> chat:1",
    )
    assert plan.restarting == ["Deployment/a"]


def test_new_objects_are_added_and_others_are_left_behind() -> None:
    hook = deployment("test")
    hook["metadata"]["annotations"] = {"helm.sh/hook": "test"}
    plan = make_plan([deployment("new")], [deployment("old"), hook], {})
    assert (plan.added, plan.left_behind) == (["Deployment/new"], ["Deployment/old"])


def test_an_object_that_was_deleted_by_hand_is_added_again() -> None:
    plan = make_plan([deployment()], [deployment()], {})
    assert (plan.added, plan.left_behind) == (["Deployment/a"], [])
