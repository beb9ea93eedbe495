"""What pods keep as Helm gave it."""

from copy import deepcopy
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.inputs.errors import ValidationErrors
from components.inputs.pod_template_overrides import check_pod_template_overrides, holds_secrets
from components.manifests import pod_overrides as kept
from tests.support.components import (
    CANARY,
    ENCRYPTED,
    config,
    gathered,
    problems_of,
    resolve_config,
)

NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.text("xyz", max_size=2) | st.integers(0, 3) | st.booleans()


def _containers() -> st.SearchStrategy[list[dict[str, Any]]]:
    fields = {
        "value": LEAVES,
        "ports": st.lists(LEAVES, max_size=2),
        "resources": st.dictionaries(NAMES, LEAVES, max_size=2),
    }
    one = st.fixed_dictionaries({"name": NAMES}, optional=fields)
    return st.lists(one, max_size=3, unique_by=lambda held: held["name"])


TEMPLATES = st.fixed_dictionaries(
    {"spec": st.fixed_dictionaries({"containers": _containers()}, optional={"volumes": LEAVES})},
    optional={"metadata": st.dictionaries(NAMES, st.dictionaries(NAMES, LEAVES))},
)


@given(TEMPLATES, TEMPLATES)
def test_a_difference_laid_upon_one_makes_the_other(
    one: dict[str, Any],
    other: dict[str, Any],
) -> None:
    before = deepcopy(one)
    assert kept.patched(one, kept.difference(one, other)) == other
    assert one == before
    assert kept.difference(one, one) == {}


def test_single_variables_are_patched_by_name_and_the_others_stay() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]
    patch = {"env": {"B": {"value": None, "valueFrom": {"secretKeyRef": {"name": "s"}}}, "C": None}}
    assert kept.patched({"env": env}, patch) == {
        "env": [env[0], {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
    }


def workload(name: str) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "template": {"spec": {"containers": [{"name": "x", "image": "i"}]}},
        },
    }


PATCH = {"spec": {"containers": {"x": {"env": [{"name": "L", "value": CANARY}]}}}}


def test_only_the_workload_that_is_named_keeps_something() -> None:
    one = workload("chat-rocketchat")
    held = kept.apply(one, {"chat-rocketchat": PATCH})
    (found,) = held["spec"]["template"]["spec"]["containers"]
    assert found == {"name": "x", "image": "i", "env": [{"name": "L", "value": CANARY}]}
    assert held["spec"]["replicas"] == 2
    assert kept.apply(one, {"chat-presence": PATCH}) is one
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "chat-rocketchat"}, "spec": {}}
    assert kept.apply(policy, {"chat-rocketchat": PATCH}) is policy


def test_each_preview_says_what_is_kept_and_shows_no_value() -> None:
    (told,) = kept.warnings({"a": PATCH, "b": {}}, [workload("a"), workload("b")], str.upper)
    assert "POD_TEMPLATE_OVERRIDES: the pods of Deployment/a keep" in told
    assert "spec.containers.x.env" in told
    assert CANARY not in told


def test_what_is_kept_for_nobody_is_told_with_those_that_are_there() -> None:
    told = kept.missing({"a": PATCH, CANARY: PATCH}, [workload("b"), workload("a")], str.upper)
    assert (
        told
        == "POD_TEMPLATE_OVERRIDES: 1 of its names are no workload's. Remove all but those of a, b."
    )
    assert kept.missing({"a": PATCH}, [workload("a")], str.upper) == ""


@pytest.mark.parametrize("wrong", [{"a": "x"}, {"a": [1]}, {"a": {"b": object()}}])
def test_what_is_no_patch_is_refused(wrong: dict[str, Any]) -> None:
    errors = ValidationErrors()
    check_pod_template_overrides(wrong, "pod_template_overrides", errors)
    (message,) = gathered(errors)
    assert "make adopt" in message


def test_what_came_encrypted_stays_secret_where_it_may_be_one() -> None:
    text = '{"a": {"metadata": {"annotations": {"k": "h"}}, "spec": {"x": [{"value": "v"}]}}}'
    args = resolve_config(
        config(podTemplateOverrides=text), {*ENCRYPTED, "podTemplateOverrides"}
    ).args
    found = args["pod_template_overrides"]["a"]
    assert isinstance(found["metadata"]["annotations"]["k"], pulumi.Output)
    assert isinstance(found["spec"]["x"][0]["value"], pulumi.Output)
    assert holds_secrets(
        resolve_config(config(podTemplateOverrides=text), ENCRYPTED).pod_template_overrides
    )
    assert not holds_secrets({"a": {"spec": {"nodeSelector": {"pool": "chat"}, "x": None}}})


def test_an_encrypted_text_that_is_no_patch_is_not_shown() -> None:
    told = problems_of(
        lambda: resolve_config(
            config(podTemplateOverrides=CANARY), {*ENCRYPTED, "podTemplateOverrides"}
        )
    )
    assert "podTemplateOverrides" in str(told)
    assert CANARY not in str(told)
