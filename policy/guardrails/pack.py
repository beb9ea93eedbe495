"""The rules as policies of a Pulumi policy pack."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from guardrails import rules

WORKSPACE = "rocketchat:index:RocketChat"
"""The component's type, which is also in the URNs of its children."""
PRODUCTION = ("prod", "production")
"""The production stacks, unless the policy's config names others."""

Rule = Callable[..., Iterator[str]]


def serve() -> None:
    """Serves the pack to the engine."""
    PolicyPack("rocketchat-guardrails", policies(), EnforcementLevel.MANDATORY)


def policies() -> list[Policy]:
    """All policies. The pack's config can set another enforcement level for each name."""
    return [
        ResourceValidationPolicy(
            "no-plain-secret",
            "No environment variable or ConfigMap contains a secret in plain text.",
            _per_object(rules.plain_secrets),
        ),
        ResourceValidationPolicy(
            "pinned-image",
            "Each image has a full version or a digest.",
            _per_object(rules.floating_images),
        ),
        ResourceValidationPolicy(
            "requests",
            "Each container requests CPU and memory.",
            _per_object(rules.missing_requests, partial=False),
        ),
        StackValidationPolicy(
            "pinned-chart",
            "The chart is pinned by the digest of its package.",
            _pinned_chart,
        ),
        StackValidationPolicy(
            "production",
            "In production, each service has two or more instances, and every host has TLS.",
            _production,
            config_schema=PolicyConfigSchema(
                {
                    "stacks": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "The production stacks, besides those with the tag"
                        " environment: production.",
                        "default": list(PRODUCTION),
                    },
                    "tls": {
                        "type": "boolean",
                        "description": "Whether each workspace needs an Ingress with TLS.",
                        "default": True,
                    },
                },
            ),
        ),
    ]


def to_plain_json(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` as plain JSON, with `...` for every value that a preview doesn't know yet.

    The SDK's proxies raise an error when an unknown value is read, which would skip the policy for
    the whole object.
    """
    if isinstance(value, Mapping):
        return {key: _read(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_read(value, index) for index in range(len(value))]
    return value


def _read(container: Any, key: Any) -> Any:  # noqa: ANN401 - JSON
    try:
        return to_plain_json(container[key])
    except UnknownValueError:
        return ...


def _per_object(
    rule: Rule, *, partial: bool = True
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    """A policy that applies `rule` to each Kubernetes object.

    Args:
        rule: Returns a message for each violation.
        partial: Whether to include patch resources, which contain only some fields of an object.
    """

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type.startswith("kubernetes:") and (
            partial or not args.resource_type.endswith("Patch")
        ):
            in_workspace = WORKSPACE in args.urn
            for message in rule(to_plain_json(args.props), in_workspace=in_workspace):
                report(message, None)

    return validate


def _pinned_chart(args: StackValidationArgs, report: ReportViolation) -> None:
    for workspace in _workspaces(args):
        for message in rules.unpinned_chart(workspace.name, to_plain_json(workspace.props)):
            report(message, workspace.urn)


def _production(args: StackValidationArgs, report: ReportViolation) -> None:
    config = args.get_config()
    # Some engines don't pass the stack's name, but it is in every URN.
    stack = args.resources[0].urn.split(":")[2] if args.resources else ""
    if not rules.is_production(stack, args.stack_tags, config.get("stacks", PRODUCTION)):
        args.not_applicable(f"{stack} isn't a production stack")
    for workspace in _workspaces(args):
        objects = [
            to_plain_json(resource.props)
            for resource in args.resources
            if workspace in _ancestors(resource)
        ]
        messages = [*rules.single_instances(objects)]
        if config.get("tls", True):
            messages += rules.hosts_without_tls(workspace.name, objects)
        for message in messages:
            report(message, workspace.urn)


def _workspaces(args: StackValidationArgs) -> list[PolicyResource]:
    return [resource for resource in args.resources if resource.resource_type == WORKSPACE]


def _ancestors(resource: PolicyResource) -> Iterator[PolicyResource]:
    while resource.parent is not None:
        resource = resource.parent
        yield resource
