"""How many instances of each service run: resolved once, so that the chart's defaults never do."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.inputs.errors import ValidationErrors
from components.services import BY_NAME, NATS, ROCKETCHAT, SERVICES, Service

LEAST, MOST = 1, 1000
"""Above the most it is a slip of the finger: 1000 ddp-streamers serve 500,000 concurrent users."""


def running(*, microservices: bool, bundled_nats: bool) -> tuple[Service, ...]:
    """The services that the workspace consists of, in the catalogue's order."""
    return tuple(
        service
        for service in SERVICES
        if service is ROCKETCHAT
        or (service is NATS and bundled_nats)
        or (service.dedicated and microservices)
    )


def needed_for(service: Service, concurrent_users: int | None) -> int | None:
    """Instances that so many people online at once need; None where they don't decide it."""
    if concurrent_users is None or service.users_per_instance is None:
        return None
    return max(1, -(-concurrent_users // service.users_per_instance))


def resolve(
    services: Iterable[Service],
    *,
    replica_count: int | None,
    replicas: Mapping[str, int],
    concurrent_users: int | None,
) -> dict[str, int]:
    """Instances for each of `services`, by name: the full table.

    A number in `replicas` decides. Elsewhere it is `replica_count` or the service's own default,
    and more where `concurrent_users` needs more.
    """
    return {
        service.name: replicas.get(service.name)
        or max(
            replica_count or service.default_replicas,
            needed_for(service, concurrent_users) or 0,
        )
        for service in services
    }


def check(
    errors: ValidationErrors,
    *,
    replica_count: int | None,
    replicas: Mapping[str, int] | None,
    concurrent_users: int | None,
) -> None:
    """Adds what is wrong with the numbers, each for itself and together."""
    allowed = f"a whole number from {LEAST} to {MOST}"
    if replica_count is not None and not LEAST <= replica_count <= MOST:
        errors.add_invalid("replica_count", replica_count, allowed)
    for name, number in (replicas or {}).items():
        if not LEAST <= number <= MOST:
            default = BY_NAME[name].default_replicas
            errors.add_invalid(f"replicas.{name}", number, allowed, f"Left out, it is {default}.")
    if replica_count is not None and replicas:
        one, each = errors.format_key("replica_count"), errors.format_key("replicas")
        errors.add(
            "replica_count",
            f"is given together with {each}. Keep {one} for one number everywhere, or {each} for a"
            " number for each service, and remove the other.",
        )
    most_users = MOST * 500
    if concurrent_users is not None and not 1 <= concurrent_users <= most_users:
        errors.add_invalid(
            "concurrent_users", concurrent_users, f"a whole number from 1 to {most_users}"
        )


def warnings(
    services: Iterable[Service],
    errors: ValidationErrors,
    args: Mapping[str, Any],
    why_not: Mapping[str, str],
) -> list[str]:
    """What is allowed and yet may not be meant. `why_not` says why a service doesn't run."""
    names = {service.name for service in services}
    found = [
        f"{errors.format_key(f'{group}.{name}')}: has no effect, as none runs: {why_not[name]}."
        for group in ("replicas", "autoscaling", "resources")
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
            found.append(f"{key} has no effect, as none runs: {why_not[service.name]}.")
            continue
        most = args.get("autoscaling", {}).get(service.name, {}).get("max_replicas")
        asked = args.get("replicas", {}).get(service.name) if most is None else most
        if asked is not None and asked < needed:
            group = "replicas" if most is None else "autoscaling"
            found.append(
                f"{errors.format_key(f'{group}.{service.name}')}: {asked} is fewer than the {needed}"
                f" that {key} needs (one for each {service.users_per_instance}).",
            )
    return found
