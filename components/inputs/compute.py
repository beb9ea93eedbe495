"""Requests and limits, as Kubernetes takes them."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from components.inputs.errors import ValidationErrors
from components.kube.names import is_label_key
from components.kube.quantities import MAX_QUANTITY, parse_quantity

BUILT_IN = ("cpu", "memory", "ephemeral-storage")
"""What Kubernetes itself hands out; anything else has a domain before its name."""


def check_compute(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    """Adds to `errors` what is wrong with the requests and limits of each service."""
    for name, compute in args.get("resources", {}).items():
        path = f"resources.{name}"
        for part, amounts in compute.items():
            for what, amount in amounts.items():
                for allowed, do in _errors(what, amount):
                    errors.add_invalid(f"{path}.{part}", {what: amount}, allowed, do)
        _check_pair(compute.get("requests", {}), compute.get("limits", {}), path, errors)


def storage_problem(text: str) -> tuple[str, str] | None:
    """What is allowed and what to do, where `text` isn't an amount of bytes."""
    amount = parse_quantity(text)
    if amount is None or not amount:
        return "a quantity such as 20Gi", ""
    return None if _is_whole(amount) else _no_part_of("a byte", text)


def _errors(what: str, amount: str) -> Iterator[tuple[str, str]]:
    if what not in BUILT_IN and not _is_extended(what):
        yield f"{', '.join(BUILT_IN)}, or a domain/name", ""
        return
    number = parse_quantity(amount)
    # Of what isn't its own Kubernetes counts thousandths, in 64 bits.
    if number is None or (what not in BUILT_IN and number >= MAX_QUANTITY / 1000):
        yield "a quantity such as 500m or 1Gi", ""
    elif what != "cpu" and not _is_whole(number):
        yield _no_part_of("a byte" if what in BUILT_IN else "one", amount)


def _check_pair(
    requests: Mapping[str, str],
    limits: Mapping[str, str],
    path: str,
    errors: ValidationErrors,
) -> None:
    for what, limit in limits.items():
        least, most = parse_quantity(requests.get(what, "0")), parse_quantity(limit)
        if least is not None and most is not None and least > most:
            errors.add_invalid(f"{path}.limits", {what: limit}, "no less than its request")
    for what, request in requests.items():
        # Kubernetes hands nothing out twice that isn't its own.
        if what in BUILT_IN or not _is_extended(what):
            continue
        if parse_quantity(limits.get(what, "")) != parse_quantity(request):
            limit = f"{errors.format_key(path)}.limits"
            errors.add_invalid(f"{path}.requests", {what: request}, f"the same as in {limit}")


def _is_extended(what: str) -> bool:
    domain, slash, _ = what.partition("/")
    own = re.search(r"(^|\.)kubernetes\.io$", domain)
    return bool(slash) and is_label_key(what) and own is None and not domain.startswith("requests.")


def _is_whole(amount: Decimal) -> bool:
    return amount == amount.to_integral_value()


def _no_part_of(what: str, text: str) -> tuple[str, str]:
    milli = text.endswith("m")
    do = f"m is a thousandth. Did you mean {text[:-1]}Mi?" if milli and what == "a byte" else ""
    return f"no part of {what}", do
