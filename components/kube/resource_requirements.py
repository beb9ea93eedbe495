"""Requests and limits of a container, as Kubernetes accepts them."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from components.kube.names import is_label_key
from components.kube.quantities import MAX_QUANTITY, is_whole, no_fraction_of, parse_quantity

NATIVE_RESOURCES = ("cpu", "memory", "ephemeral-storage")
"""Kubernetes's own; any other has a domain in its name."""


class ResourceError(NamedTuple):
    """One quantity that Kubernetes would refuse."""

    field: str
    """`requests` or `limits`."""
    resource: str
    quantity: str
    allowed: str
    remedy: str = ""


def resource_errors(
    requests: Mapping[str, str],
    limits: Mapping[str, str],
) -> Iterator[ResourceError]:
    """Yields each quantity that Kubernetes would refuse."""
    for field, quantities in (("requests", requests), ("limits", limits)):
        for resource, quantity in quantities.items():
            for allowed, remedy in _quantity_errors(resource, quantity):
                yield ResourceError(field, resource, quantity, allowed, remedy)
    for resource, limit in limits.items():
        low, high = parse_quantity(requests.get(resource, "0")), parse_quantity(limit)
        if low is not None and high is not None and low > high:
            yield ResourceError("limits", resource, limit, "no less than its request")
    for resource, request in requests.items():
        # Kubernetes never overcommits resources that aren't its own.
        if not _is_extended(resource):
            continue
        if parse_quantity(limits.get(resource, "")) != parse_quantity(request):
            yield ResourceError("requests", resource, request, "the same as in limits")


def _quantity_errors(resource: str, quantity: str) -> Iterator[tuple[str, str]]:
    native = resource in NATIVE_RESOURCES
    if not native and not _is_extended(resource):
        yield f"{', '.join(NATIVE_RESOURCES)}, or a domain/name", ""
        return
    amount = parse_quantity(quantity)
    # Kubernetes counts thousandths of extended resources, in 64 bits.
    if amount is None or (not native and amount >= MAX_QUANTITY / 1000):
        yield "a quantity such as 500m or 1Gi", ""
    elif resource != "cpu" and not is_whole(amount):
        yield no_fraction_of("a byte" if native else "one", quantity)


def _is_extended(resource: str) -> bool:
    domain, slash, _ = resource.partition("/")
    native = re.search(r"(^|\.)kubernetes\.io$", domain)
    quota = domain.startswith("requests.")
    return bool(slash) and is_label_key(resource) and native is None and not quota
