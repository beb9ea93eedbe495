"""Warnings about inputs that are allowed, and yet may not be intended."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.inputs.args import Mode, MonolithFeatures
from components.inputs.definitions import ONE_NODE_MODES, get_input
from components.inputs.errors import ValidationErrors
from components.inputs.replicas import replica_warnings
from components.inputs.spec import Bus, Nats
from components.services import NATS, SERVICES, Service


def input_warnings(
    args: Mapping[str, Any],
    errors: ValidationErrors,
    services: tuple[Service, ...],
    bus: Bus,
    *,
    has_ingress: bool,
) -> list[str]:
    """Returns a warning for each input that has no effect, or whose effect may surprise."""
    key = errors.format_key
    microservices = args["mode"] is Mode.MICROSERVICES
    monolith_mode = f"{key('mode')} is monolith"
    why_not = {service.name: monolith_mode for service in SERVICES}
    external = bus.nats is Nats.EXTERNAL
    if microservices:
        reason = (
            f"{key('monolith_features')} is enabled, so that the monolith does its work"
            if args["monolith_features"] is MonolithFeatures.ENABLED
            else f"{key('omnichannel_services')} is false"
        )
        why_not |= {service.name: reason for service in SERVICES if service.omnichannel}
    why_not[NATS.name] = "NATS is external" if external else "a single monolith needs no bus"
    warnings = replica_warnings(services, args, errors, why_not)
    tag = args["image"].get("tag")
    if tag is not None and not re.match(r"v?\d+\.\d+\.\d+", tag):
        warnings.append(
            f"{key('image.tag')}: {tag} floats, so that what runs depends on when a node pulled it."
            " Name a full version such as 8.6.1.",
        )
    if tag is not None and "@" in tag and microservices:
        warnings.append(
            f"{key('image.tag')}: its digest pins the monolith's image only. The other services'"
            " images have digests of their own and are pulled by the tag.",
        )
    mode = get_input(args, "uploads.access_mode")
    if mode in ONE_NODE_MODES:
        warnings.append(
            f"{key('uploads.access_mode')}: only one node mounts {mode}, so that an"
            " update stops the monolith before its successor starts. ReadWriteMany keeps it up.",
        )
    if not microservices and args["monolith_features"] is MonolithFeatures.ENABLED:
        warnings.append(f"{key('monolith_features')}: has no effect, as {monolith_mode}.")
    if microservices and not has_ingress and "gateway" not in args:
        warnings.append(
            f"{key('ingress')}: off, so that nothing of ours routes /websocket and /sockjs to"
            " ddp-streamer. Have your own proxy do it, as the output routes says, or people's"
            " clients won't connect.",
        )
    return [*warnings, *_proxy_warnings(args, errors), *_affinity_warnings(args, errors)]


def _proxy_warnings(args: Mapping[str, Any], errors: ValidationErrors) -> Iterator[str]:
    """A proxy that would get what is meant for the cluster itself."""
    variables = args.get("variables", {})
    by_name = {name.upper(): value for name, value in variables.items()}
    exceptions = by_name.get("NO_PROXY", "")
    proxied = any(name in by_name for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"))
    # What is secret can't be read here.
    if not proxied or not isinstance(exceptions, str):
        return
    names = [name.strip().lstrip(".") for name in exceptions.split(",")]
    if not {"*", "svc", "cluster.local", "svc.cluster.local"} & set(names):
        key = errors.format_key("variables")
        yield (
            f"{key}: NO_PROXY lacks the cluster's own names, so that calls within the cluster go to"
            " the proxy. Add .svc and .cluster.local."
        )


def _affinity_warnings(args: Mapping[str, Any], errors: ValidationErrors) -> Iterator[str]:
    """A rule that keeps each of the workspace's pods away from others."""
    anti_affinity = args.get("affinity", {}).get("podAntiAffinity", {})
    if anti_affinity.get("requiredDuringSchedulingIgnoredDuringExecution"):
        key = errors.format_key("affinity")
        own = errors.format_key("services")
        yield (
            f"{key}: its required podAntiAffinity is every service's, which may keep one off every"
            f" node. Give it to the service that it is for, by {own}.<service>.affinity."
        )
