"""The rules as policies: what the engine hands over in, violations out."""

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
"""The component's type; what it made has it in the URN."""
PRODUCTION = ("prod", "production")
"""The stacks that are production where the policy's config names none."""

Rule = Callable[..., Iterator[str]]


def serve() -> None:
    """Serves the pack to the engine until that ends it."""
    PolicyPack("rocketchat-guardrails", policies(), EnforcementLevel.MANDATORY)


def policies() -> list[Policy]:
    """Every policy; each can be set to another level, or off, by its name in the pack's config."""
    return [
        ResourceValidationPolicy(
            "no-plain-secret",
            "No secret stands in plain sight in an environment.",
            _each(rules.plain_secrets),
        ),
        ResourceValidationPolicy(
            "pinned-image",
            "Each image is named by a full version or a digest.",
            _each(rules.floating_images),
        ),
        ResourceValidationPolicy(
            "requests",
            "Each container requests the CPU and memory that it needs.",
            _each(rules.missing_requests, partial=False),
        ),
        StackValidationPolicy(
            "pinned-chart",
            "The chart is held to the digest of its package.",
            _pinned_chart,
        ),
        StackValidationPolicy(
            "production",
            "In production each service outlives a node, and people reach it by TLS.",
            _production,
            config_schema=PolicyConfigSchema(
                {
                    "stacks": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "The stacks that are production, besides those with the"
                        " tag environment: production.",
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


def known(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` as plain JSON, with `...` for what a preview doesn't know yet.

    The SDK's own maps and lists raise where something unknown is touched, and the policy would be
    skipped for the whole object.
    """
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, place) for place in range(len(value))]
    return value


def _item(holder: Any, key: Any) -> Any:  # noqa: ANN401 - JSON
    try:
        return known(holder[key])
    except UnknownValueError:
        return ...


def _each(
    rule: Rule, *, partial: bool = True
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    """`rule` for each Kubernetes object; `partial` includes patches, which hold parts of one."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type.startswith("kubernetes:") and (
            partial or not args.resource_type.endswith("Patch")
        ):
            for sentence in rule(known(args.props), ours=WORKSPACE in args.urn):
                report(sentence, None)

    return validate


def _pinned_chart(args: StackValidationArgs, report: ReportViolation) -> None:
    for workspace in _workspaces(args):
        for sentence in rules.unpinned_chart(workspace.name, known(workspace.props)):
            report(sentence, workspace.urn)


def _production(args: StackValidationArgs, report: ReportViolation) -> None:
    config = args.get_config()
    # Not every engine tells a policy pack the stack's name, and every URN begins with it.
    stack = args.resources[0].urn.split(":")[2] if args.resources else ""
    if not rules.is_production(stack, args.stack_tags, config.get("stacks", PRODUCTION)):
        args.not_applicable(f"{stack} isn't production")
    for workspace in _workspaces(args):
        objects = [known(one.props) for one in args.resources if workspace in _above(one)]
        sentences = [*rules.single_instances(objects)]
        if config.get("tls", True):
            sentences += rules.hosts_without_tls(workspace.name, objects)
        for sentence in sentences:
            report(sentence, workspace.urn)


def _workspaces(args: StackValidationArgs) -> list[PolicyResource]:
    return [one for one in args.resources if one.resource_type == WORKSPACE]


def _above(one: PolicyResource) -> Iterator[PolicyResource]:
    while one.parent is not None:
        one = one.parent
        yield one
