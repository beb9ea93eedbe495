"""Resolves inputs to a `WorkspaceSpec`, or raises every error in them at once."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from components.inputs.args import ChartArgs, Mode, MonolithFeatures, RocketChatArgs
from components.inputs.decode import decode, is_secret
from components.inputs.definitions import get_input, validate, with_defaults
from components.inputs.errors import ValidationErrors
from components.inputs.replicas import autoscaling_of, resolve_replicas, services_of
from components.inputs.rules import check_chart, check_combinations, number_of_monoliths
from components.inputs.spec import (
    Bus,
    ChartSource,
    Nats,
    SecretKey,
    WorkspaceSpec,
    autoscaling,
    chart_source,
)
from components.inputs.warnings import input_warnings
from components.naming import field_types

SECRETS = tuple(
    name for name, declared in field_types(RocketChatArgs).items() if is_secret(declared)
)
"""The inputs whose values are secrets."""


def resolve(
    raw: RocketChatArgs | Mapping[str, Any],
    errors: ValidationErrors | None = None,
) -> WorkspaceSpec:
    """Decodes, validates and completes the inputs.

    Args:
        raw: Inputs with names as their author wrote them (`errors.key_format`).
        errors: Errors found before, which are raised with those found here.

    Raises:
        pulumi.RunError: Every error at once.
    """
    errors = errors or ValidationErrors()
    given = decode(raw, RocketChatArgs, errors)
    validate(given, errors)
    check_combinations(given, errors)
    errors.raise_if_any()

    args = with_defaults(given)
    for name in SECRETS:
        if name in args:
            args[name] = pulumi.Output.secret(args[name])
    microservices = args["mode"] is Mode.MICROSERVICES
    bus = _bus(args)
    services = services_of(
        microservices=microservices,
        bundled_nats=bus.nats is Nats.BUNDLED,
        # With `monolith+` in its transporter the monolith does their work itself.
        omnichannel=args["omnichannel_services"] and not bus.monolith_prefix,
    )
    replicas = resolve_replicas(services, args)
    by_default = args["service"]["type"] == "ClusterIP" and "gateway" not in args
    has_ingress = args["ingress"].get("enabled", by_default)
    return WorkspaceSpec(
        args=cast("RocketChatArgs", args),
        services=services,
        replicas=replicas,
        autoscaling={
            service.name: autoscaling(autoscaling_of(service, args))
            for service in services
            if autoscaling_of(service, args)
        },
        bus=bus,
        has_ingress=has_ingress,
        warnings=tuple(input_warnings(args, errors, services, bus, has_ingress=has_ingress)),
        key_format=errors.key_format,
    )


def resolve_chart(raw: Mapping[str, Any], errors: ValidationErrors | None = None) -> ChartSource:
    """Decodes and validates the input `chart` alone; otherwise as `resolve`."""
    errors = errors or ValidationErrors()
    args = {"chart": decode(raw, ChartArgs, errors, "chart")}
    validate(args, errors)
    check_chart(args, errors)
    errors.raise_if_any()
    return chart_source(cast("ChartArgs", args["chart"]))


def _bus(args: Mapping[str, Any]) -> Bus:
    microservices = args["mode"] is Mode.MICROSERVICES
    # Without dedicated services the monolith does everything, whatever the transporter is for.
    prefix = not microservices or args["monolith_features"] is MonolithFeatures.ENABLED
    existing = get_input(args, "nats.existing_secret")
    if existing is not None:
        return Bus(Nats.EXTERNAL, SecretKey(**existing), monolith_prefix=prefix)
    if "nats_url" in args:
        secret = SecretKey(f"{args['release_name']}-nats-url", "url")
        return Bus(Nats.EXTERNAL, secret, monolith_prefix=prefix)
    if microservices or number_of_monoliths(args) > 1:
        authentication = get_input(args, "nats.authentication")
        password = SecretKey(f"{args['release_name']}-nats-password", "password")
        return Bus(
            Nats.BUNDLED, password=password if authentication else None, monolith_prefix=prefix
        )
    return Bus(Nats.NONE)
