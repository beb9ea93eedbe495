"""The operator's Helm values that change nothing, found by rendering the chart without them.

Templates read values through loops and variables, which only Helm can follow.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import pulumi

from components.chart.known_values import KnownKeys
from components.inputs.service_args import ServiceSettingsArgs
from components.kube.objects import KubernetesObject
from components.naming import camel
from components.services import SERVICES, Path

Values = Mapping[str, Any]
_SERVICE_INPUTS = frozenset(map(camel, ServiceSettingsArgs.__annotations__))
_INPUT_NAMES = {"extraEnv": "variables"}
"""What the inputs of a service call that which the chart calls otherwise."""


def unread_values(
    values: Values,
    known: KnownKeys,
    fields: Collection[str],
    render: Callable[[Values], Sequence[KubernetesObject]],
) -> list[Path]:
    """Returns the keys without which the chart renders the same, of those it may read.

    The chart is rendered only if there are such keys.

    Args:
        values: Helm values of the operator's own.
        known: The keys that the chart has defaults for or is known to read.
        fields: Names that the chart may read a key by, wherever it is.
        render: Renders the chart with such values, or raises `pulumi.RunError`.
    """
    candidates = list(_possibly_read(values, known, fields))
    if not candidates:
        return []
    rendered = render(values)

    def unread(*paths: Path) -> bool:
        try:
            return render(_without(values, paths)) == rendered
        except pulumi.RunError:
            return False

    if unread(*candidates):
        return candidates
    return [path for path in candidates if unread(path)]


def unread_message(path: Path) -> str:
    """Returns the sentence about an unread key, with the input to use where there is one."""
    message = f"{'.'.join(path)} changes nothing that the chart renders."
    *group, key = path
    for service in SERVICES:
        name = _INPUT_NAMES.get(key, key)
        if list(service.replicas[:-1]) == group and name in _SERVICE_INPUTS:
            message += f" Use services.{service.config_name}.{name}."
    return message


def _possibly_read(
    values: Values, known: KnownKeys, fields: Collection[str], above: Path = ()
) -> Iterator[Path]:
    for key, value in values.items():
        path = (*above, key)
        if key not in known:
            if key in fields:
                yield path
        elif known[key] and isinstance(value, Mapping):
            yield from _possibly_read(value, known[key], fields, path)


def _without(values: Values, paths: Collection[Path]) -> dict[str, Any]:
    rest = deepcopy(dict(values))
    for *groups, key in paths:
        group = rest
        for name in groups:
            group = group[name]
        del group[key]
    return rest
