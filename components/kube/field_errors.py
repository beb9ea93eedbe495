"""What Kubernetes requires of fields beyond their types, for what Helm values can lead to."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.kube.names import is_dns_name, is_label_key, is_label_pair, is_label_value
from components.messages import show

_MAX_INT32 = 2**31 - 1


@dataclass(frozen=True)
class _Rule:
    is_valid: Callable[[Any], bool]
    allowed: str
    path: str = ""
    """A pattern for the end of the path; by default the rule holds wherever the field is."""


def _one_of(*values: str) -> _Rule:
    return _Rule(lambda value: value in values, " or ".join(values))


def _matches(pattern: str, allowed: str, path: str = "") -> _Rule:
    """A rule for strings; where a field can also be a number, a number is valid."""
    form = re.compile(pattern, re.ASCII)
    return _Rule(lambda v: not isinstance(v, str) or bool(form.fullmatch(v)), allowed, path)


def _between(low: int, high: int) -> _Rule:
    return _Rule(
        lambda value: not isinstance(value, int) or low <= value <= high,
        f"an integer from {low} to {high}",
    )


def _is_dns_subdomain(value: str) -> bool:
    return is_dns_name(value, dots=True)


_PORT = _between(1, 65535)
_SHARE = _matches(r"\d{1,3}%", "an integer or a percentage")
_REFERENCE = _Rule(lambda value: not value or _is_dns_subdomain(value), "a DNS name")
_RULES: Mapping[str, tuple[_Rule, ...]] = {
    "imagePullPolicy": (_one_of("Always", "IfNotPresent", "Never"),),
    "protocol": (_one_of("TCP", "UDP", "SCTP"),),
    "pathType": (_one_of("Exact", "Prefix", "ImplementationSpecific"),),
    "podManagementPolicy": (_one_of("OrderedReady", "Parallel"),),
    "whenUnsatisfiable": (_one_of("DoNotSchedule", "ScheduleAnyway"),),
    "sessionAffinity": (_one_of("ClientIP", "None"),),
    "restartPolicy": (_one_of("Always", "OnFailure", "Never"),),
    "scheme": (_one_of("HTTP", "HTTPS"),),
    "port": (_PORT,),
    "containerPort": (_PORT,),
    "targetPort": (_PORT,),
    "weight": (_between(1, 100),),
    "successThreshold": (
        _Rule(lambda value: value <= 1, "1", r"\.(liveness|startup)Probe\.successThreshold"),
    ),
    "maxUnavailable": (_SHARE,),
    "minAvailable": (_SHARE,),
    "maxSurge": (_SHARE,),
    "priorityClassName": (_REFERENCE,),
    "serviceAccountName": (_REFERENCE,),
    "storageClassName": (_REFERENCE,),
    "secretName": (_REFERENCE,),
    "claimName": (_REFERENCE,),
    "image": (_matches(r"\S+", "an image without spaces"),),
    "mountPath": (_matches(r"/?[^:]+", "a path without colons"),),
    "topologyKey": (_Rule(is_label_key, "a label key"),),
    "nodeSelectorTerms": (_Rule(bool, "at least one term"),),
    "name": (
        _Rule(_is_dns_subdomain, "a DNS name", r"metadata\.name"),
        _Rule(is_dns_name, "a DNS label", r"\.(initContainers|containers|volumes)\[\d+\]\.name"),
        _Rule(is_dns_name, "a DNS label", r"^spec\.ports\[\d+\]\.name"),
        _matches(
            r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*",
            "up to 15 lower-case letters, digits and single hyphens between them",
            r"ontainers\[\d+\]\.ports\[\d+\]\.name",
        ),
        _matches(r"[ -<>-~]+", "printable ASCII without =", r"\.env\[\d+\]\.name"),
    ),
}
_LABELS = ("labels", "matchLabels", "nodeSelector")
_UNIQUE = {"env": "name", "containers": "name", "volumes": "name", "volumeMounts": "mountPath"}
"""The key that identifies the items of a list; of two with the same key, one would be lost."""
_REQUIREMENTS = ("matchExpressions", "matchFields")
_NODE_SELECTOR = re.compile(r"\b(nodeSelectorTerms\[\d+\]|preference)\.match\w+$")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_NODE_OPERATORS = (*_OPERATORS, "Gt", "Lt")


def field_errors(key: str, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - of the type there
    """Returns what is wrong with a field whose type is right.

    Args:
        key: The field's name.
        value: What it is, as plain JSON.
        path: The field's path in its object; errors begin with it.
    """
    if type(value) is int and not 0 <= value <= _MAX_INT32:
        yield f"{path}: got {value}; allowed is an integer from 0 to {_MAX_INT32}"
    for rule in _RULES.get(key, ()):
        if re.search(f"{rule.path}$", path) and not rule.is_valid(value):
            yield f"{path}: got {show(value)}; allowed is {rule.allowed}"
    if key in _LABELS and isinstance(value, Mapping):
        yield from _label_errors(value, path)
    if key == "annotations":
        wrong = (name for name in value if not is_label_key(name))
        yield from (f"{path}: {show(name)} is not a valid annotation key" for name in wrong)
    if key in _UNIQUE:
        yield from _duplicate_errors(value, _UNIQUE[key], path)
    if key in _REQUIREMENTS:
        operators = _NODE_OPERATORS if _NODE_SELECTOR.search(path) else _OPERATORS
        for i, requirement in enumerate(value):
            yield from _requirement_errors(requirement, operators, f"{path}[{i}]")


def _label_errors(labels: Mapping[str, str], path: str) -> Iterator[str]:
    for name, value in labels.items():
        if not is_label_pair(name, value):
            yield f"{path}: {show({name: value})} is not a valid label"


def _duplicate_errors(items: list[Mapping[str, Any]], key: str, path: str) -> Iterator[str]:
    for name, count in Counter(item[key] for item in items).items():
        if count > 1:
            yield f"{path}: {show(name)} is given more than once"


def _requirement_errors(
    requirement: Mapping[str, Any], operators: tuple[str, ...], path: str
) -> Iterator[str]:
    """Errors of a selector's requirement, whose operator decides about its values."""
    operator, values = requirement["operator"], requirement.get("values") or []
    if operator not in operators:
        yield f"{path}.operator: got {show(operator)}; allowed is {' or '.join(operators)}"
        return
    allowed = ""
    if operator in ("In", "NotIn") and not values:
        allowed = "at least one value"
    elif operator in ("Exists", "DoesNotExist") and values:
        allowed = "no value"
    elif operator in ("Gt", "Lt") and not (len(values) == 1 and values[0].isdecimal()):
        allowed = "a single integer"
    elif not all(map(is_label_value, values)):
        allowed = "label values"
    if allowed:
        yield f"{path}.values: got {show(values)}; allowed is {allowed} with {operator}"
    if not is_label_key(requirement["key"]):
        yield f"{path}.key: got {show(requirement['key'])}; allowed is a label key"
