"""How many instances of each service run: resolved once, so that the chart's defaults never are."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.inputs.errors import ValidationErrors
from components.services import NATS, ROCKETCHAT, SERVICES, Service


def services_of(
    *, microservices: bool, bundled_nats: bool, omnichannel: bool = True
) -> tuple[Service, ...]:
    """Returns the services of a workspace, in the catalogue's order.

    Args:
        microservices: Whether the dedicated services run.
        bundled_nats: Whether the chart's own NATS runs.
        omnichannel: Whether those of the dedicated services run that are for omnichannel.
    """
    return tuple(
        service
        for service in SERVICES
        if service is ROCKETCHAT
        or (service is NATS and bundled_nats)
        or (service.dedicated and microservices and (omnichannel or not service.omnichannel))
    )


def needed_for(service: Service, concurrent_users: int | None) -> int | None:
    """Returns the instances for so many users; None where users don't decide the number."""
    if concurrent_users is None or service.users_per_instance is None:
        return None
    return max(1, -(-concurrent_users // service.users_per_instance))


def resolve_replicas(services: Iterable[Service], args: Mapping[str, Any]) -> dict[str, int]:
    """Returns the number of instances of each of `services`, by name.

    An autoscaler's minimum decides, or else a number in `replicas`. Otherwise it is
    `replica_count` or the service's default, or more where `concurrent_users` needs more.
    """
    replicas = args.get("replicas", {})
    return {
        service.name: autoscaling_of(service, args).get("min_replicas")
        or replicas.get(service.name)
        or max(
            args.get("replica_count") or service.default_replicas,
            needed_for(service, args.get("concurrent_users")) or 0,
        )
        for service in services
    }


def autoscaling_of(service: Service, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the autoscaling input of a service; empty where there is none."""
    settings = args.get("services", {}).get(service.name, {})
    autoscaling: Mapping[str, Any] = settings.get("autoscaling", {})
    return autoscaling


def replica_warnings(
    services: Iterable[Service],
    args: Mapping[str, Any],
    errors: ValidationErrors,
    why_not: Mapping[str, str],
) -> list[str]:
    """Returns warnings about numbers that have no effect or are too small.

    Args:
        services: The services that run.
        args: The decoded inputs.
        errors: Formats keys.
        why_not: Why a service doesn't run, by its name.
    """
    names = {service.name for service in services}
    warnings = [
        f"{errors.format_key(f'{group}.{name}')}: has no effect, as none runs: {why_not[name]}."
        for group in ("replicas", "services")
        for name in args.get(group, {})
        if name not in names
    ]
    users = args.get("concurrent_users")
    for service in SERVICES:
        needed = needed_for(service, users)
        if needed is None:
            continue
        key = f"{errors.format_key('concurrent_users')}: {users}"
        if service.name not in names:
            warnings.append(f"{key} has no effect, as none runs: {why_not[service.name]}.")
            continue
        path = f"services.{service.name}.autoscaling.max_replicas"
        maximum = autoscaling_of(service, args).get("max_replicas")
        if maximum is None:
            path = f"replicas.{service.name}"
            maximum = args.get("replicas", {}).get(service.name)
        if maximum is not None and maximum < needed:
            warnings.append(
                f"{errors.format_key(path)}: {maximum} is fewer than the {needed} that {key} needs"
                f" (one for each {service.users_per_instance}).",
            )
    return warnings
