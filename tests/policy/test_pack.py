"""The policies: what they check, and what they do with values that a preview doesn't know."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from guardrails import pack
from pulumi_policy import (
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from tests.support.components import Object

POLICIES = {policy.name: policy for policy in pack.policies()}
OPTIONS: Any = object.__new__(PolicyResourceOptions)
WORKSPACE = f"urn:pulumi:live::chat::{pack.WORKSPACE}::chat"
IN_WORKSPACE = f"urn:pulumi:live::chat::{pack.WORKSPACE}$kubernetes:apps/v1:Deployment::one"
OUTSIDE = "urn:pulumi:live::chat::kubernetes:apps/v1:Deployment::one"


def deployment(container: Object) -> Object:
    return {
        "kind": "Deployment",
        "metadata": {"name": "chat-presence", "namespace": "chat"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [container]}}},
    }


def violations_of_deployment(
    policy: str, container: Object, urn: str = IN_WORKSPACE, suffix: str = ""
) -> list[str]:
    """The violations of a policy by a Deployment, passed to it as the engine does."""
    args = ResourceValidationArgs(
        f"kubernetes:apps/v1:Deployment{suffix}",
        unknown_checking_proxy(deployment(container)),
        urn,
        "one",
        OPTIONS,
        None,
    )
    messages: list[str] = []
    resource_policy = POLICIES[policy]
    assert isinstance(resource_policy, ResourceValidationPolicy)
    resource_policy.validate(args, lambda message, _: messages.append(message))
    return messages


def resource(kind: str, props: Object, urn: str, parent: PolicyResource | None) -> PolicyResource:
    proxy: Any = unknown_checking_proxy(props)
    return PolicyResource(kind, proxy, urn, "chat", OPTIONS, None, parent, [], {})


def violations_of_stack(
    policy: str, config: Mapping[str, Any], tags: Mapping[str, str] | None = None
) -> list[tuple[str, str | None]]:
    """The violations of a policy by the stack `live`, each with its URN.

    The stack has a workspace with one Deployment, and the same Deployment outside of it.
    """
    workspace = resource(pack.WORKSPACE, {"chartVersion": "7.0.2"}, WORKSPACE, None)
    group = resource("kubernetes:yaml/v2:ConfigGroup", {}, IN_WORKSPACE, workspace)
    presence = deployment({"name": "presence-service"})
    resources: Sequence[PolicyResource] = [
        workspace,
        group,
        resource("kubernetes:apps/v1:Deployment", presence, IN_WORKSPACE, group),
        resource("kubernetes:apps/v1:Deployment", presence, OUTSIDE, None),
    ]
    violations: list[tuple[str, str | None]] = []
    stack_policy = POLICIES[policy]
    assert isinstance(stack_policy, StackValidationPolicy)
    args = StackValidationArgs(list(resources), config, tags)
    stack_policy.validate(args, lambda message, urn: violations.append((message, urn)))
    return violations


def test_config_keys_are_named_only_in_a_workspace() -> None:
    container = {"name": "presence-service", "image": "x:8"}
    inside = violations_of_deployment("pinned-image", container)
    outside = violations_of_deployment("pinned-image", container, OUTSIDE)
    assert "Set image.tag to" in inside[0]
    assert "Set the image of presence-service to" in outside[0]


def test_an_unknown_value_does_not_hide_other_violations() -> None:
    env = [{"name": name, "value": UNKNOWN_STRING_VALUE} for name in ("ROOT_URL", "HOOK_TOKEN")]
    container = {"name": "presence-service", "image": UNKNOWN_STRING_VALUE, "env": env}
    assert violations_of_deployment("pinned-image", container) == []
    (message,) = violations_of_deployment("no-plain-secret", container)
    assert "HOOK_TOKEN contains a secret" in message
    assert len(violations_of_deployment("requests", container)) == 1


def test_a_patch_needs_no_requests() -> None:
    container = {"name": "presence-service", "env": [{"name": "HOOK_TOKEN", "value": "x"}]}
    assert violations_of_deployment("requests", container, suffix="Patch") == []
    assert len(violations_of_deployment("no-plain-secret", container, suffix="Patch")) == 1


def test_the_production_policy_checks_only_workspaces() -> None:
    violations = violations_of_stack("production", {"stacks": ["live"]})
    assert [message.split(":")[0] for message, _ in violations] == [
        "Deployment chat/chat-presence",
        "RocketChat chat",
    ]
    assert {urn for _, urn in violations} == {WORKSPACE}


def test_a_tag_makes_a_stack_production() -> None:
    assert violations_of_stack("production", {"stacks": []}, {"environment": "production"})


def test_the_check_for_tls_can_be_turned_off() -> None:
    violations = violations_of_stack("production", {"stacks": ["live"], "tls": False})
    assert [message.split(":")[0] for message, _ in violations] == ["Deployment chat/chat-presence"]


@pytest.mark.parametrize("config", [{}, {"stacks": ["prod"]}])
def test_the_production_policy_is_not_applicable_to_other_stacks(
    config: Mapping[str, Any],
) -> None:
    with pytest.raises(Exception, match=r"^$") as raised:
        violations_of_stack("production", config)
    assert getattr(raised.value, "reason", None) == "live isn't a production stack"


def test_an_unpinned_chart_is_a_violation_by_its_workspace() -> None:
    ((message, urn),) = violations_of_stack("pinned-chart", {})
    assert "chart 7.0.2 isn't pinned" in message
    assert urn == WORKSPACE
