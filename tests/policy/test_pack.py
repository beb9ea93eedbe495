"""The rules as policies: what is asked of them, and what isn't known in a preview."""

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
OURS = f"urn:pulumi:live::chat::{pack.WORKSPACE}$kubernetes:apps/v1:Deployment::one"
THEIRS = "urn:pulumi:live::chat::kubernetes:apps/v1:Deployment::one"


def deployment(held: Object) -> Object:
    return {
        "kind": "Deployment",
        "metadata": {"name": "chat-presence", "namespace": "chat"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [held]}}},
    }


def about_one(policy: str, held: Object, urn: str = OURS, suffix: str = "") -> list[str]:
    """What a policy tells about one Deployment as the engine hands it over."""
    args = ResourceValidationArgs(
        f"kubernetes:apps/v1:Deployment{suffix}",
        unknown_checking_proxy(deployment(held)),
        urn,
        "one",
        OPTIONS,
        None,
    )
    found: list[str] = []
    one = POLICIES[policy]
    assert isinstance(one, ResourceValidationPolicy)
    one.validate(args, lambda message, _: found.append(message))
    return found


def resource(kind: str, props: Object, urn: str, parent: PolicyResource | None) -> PolicyResource:
    proxy: Any = unknown_checking_proxy(props)
    return PolicyResource(kind, proxy, urn, "chat", OPTIONS, None, parent, [], {})


def about_stack(
    policy: str, config: Mapping[str, Any], tags: Mapping[str, str] | None = None
) -> list[tuple[str, str | None]]:
    """What a policy tells about a stack `live` with one workspace and one Deployment of others."""
    workspace = resource(pack.WORKSPACE, {"chartVersion": "7.0.2"}, WORKSPACE, None)
    group = resource("kubernetes:yaml/v2:ConfigGroup", {}, OURS, workspace)
    held = deployment({"name": "presence-service"})
    resources: Sequence[PolicyResource] = [
        workspace,
        group,
        resource("kubernetes:apps/v1:Deployment", held, OURS, group),
        resource("kubernetes:apps/v1:Deployment", held, THEIRS, None),
    ]
    found: list[tuple[str, str | None]] = []
    one = POLICIES[policy]
    assert isinstance(one, StackValidationPolicy)
    args = StackValidationArgs(list(resources), config, tags)
    one.validate(args, lambda message, urn: found.append((message, urn)))
    return found


def test_config_keys_are_named_for_what_belongs_to_a_workspace() -> None:
    held = {"name": "presence-service", "image": "x:8"}
    assert "Set image.tag to" in about_one("pinned-image", held)[0]
    assert "Set the image of presence-service to" in about_one("pinned-image", held, THEIRS)[0]


def test_what_a_preview_does_not_know_hides_nothing_else() -> None:
    env = [{"name": name, "value": UNKNOWN_STRING_VALUE} for name in ("ROOT_URL", "HOOK_TOKEN")]
    held = {"name": "presence-service", "image": UNKNOWN_STRING_VALUE, "env": env}
    assert about_one("pinned-image", held) == []
    (sentence,) = about_one("no-plain-secret", held)
    assert "HOOK_TOKEN holds a secret" in sentence
    assert len(about_one("requests", held)) == 1


def test_a_patch_need_not_say_everything() -> None:
    held = {"name": "presence-service", "env": [{"name": "HOOK_TOKEN", "value": "x"}]}
    assert about_one("requests", held, suffix="Patch") == []
    assert len(about_one("no-plain-secret", held, suffix="Patch")) == 1


def test_production_is_about_workspaces_and_tells_theirs() -> None:
    found = about_stack("production", {"stacks": ["live"]})
    assert [message.split(":")[0] for message, _ in found] == [
        "Deployment chat/chat-presence",
        "RocketChat chat",
    ]
    assert {urn for _, urn in found} == {WORKSPACE}


def test_a_tag_makes_a_stack_production() -> None:
    assert about_stack("production", {"stacks": []}, {"environment": "production"})


def test_tls_may_end_elsewhere() -> None:
    found = about_stack("production", {"stacks": ["live"], "tls": False})
    assert [message.split(":")[0] for message, _ in found] == ["Deployment chat/chat-presence"]


@pytest.mark.parametrize("config", [{}, {"stacks": ["prod"]}])
def test_another_stack_is_told_to_be_none_of_productions(config: Mapping[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^$") as raised:
        about_stack("production", config)
    assert getattr(raised.value, "reason", None) == "live isn't production"


def test_a_chart_that_nothing_pins_is_told_at_its_workspace() -> None:
    ((message, urn),) = about_stack("pinned-chart", {})
    assert "chart 7.0.2 isn't pinned" in message
    assert urn == WORKSPACE
