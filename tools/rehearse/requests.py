"""What a whole pod requests.

https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from components.kube.objects import nested_list, nested_map
from components.kube.quantities import parse_quantity

Amounts = dict[str, Decimal]


def pod_requests(spec: Mapping[str, Any]) -> dict[str, str]:
    """Returns the requests that the scheduler counts for a pod with this spec."""
    running = _sum(map(_requests, nested_list(spec, "containers")))
    sidecars: Amounts = {}
    starting: Amounts = {}
    for container in nested_list(spec, "initContainers"):
        with_sidecars = _sum([sidecars, _requests(container)])
        starting = _largest(starting, with_sidecars)
        if container.get("restartPolicy") == "Always":
            sidecars = with_sidecars
    total = _largest(starting, _sum([running, sidecars]))
    # What the pod itself requests stands above its containers.
    total |= _requests(spec)
    return to_quantities(_sum([total, to_amounts(nested_map(spec, "overhead"))]))


def to_amounts(quantities: Mapping[str, Any]) -> Amounts:
    """Returns quantities as numbers; what isn't a quantity is left out."""
    amounts = {name: parse_quantity(str(text)) for name, text in quantities.items()}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def to_quantities(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Returns numbers as quantities: CPU in thousandths, everything else as whole numbers."""
    return {
        name: f"{_up(amount * 1000)}m" if name == "cpu" else str(_up(amount))
        for name, amount in amounts.items()
        if amount
    }


def _requests(container: Mapping[str, Any]) -> Amounts:
    limits = nested_map(container, "resources", "limits")
    return to_amounts({**limits, **nested_map(container, "resources", "requests")})


def _sum(parts: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, Decimal(0)) + amount
    return total


def _largest(one: Amounts, other: Amounts) -> Amounts:
    zero = Decimal(0)
    return {name: max(one.get(name, zero), other.get(name, zero)) for name in one | other}


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))
