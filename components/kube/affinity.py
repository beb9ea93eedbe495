"""Affinity of pods, as Kubernetes takes it: what its types don't say."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.kube.names import is_label_key, is_label_pair, is_label_value
from components.kube.schema import schema_errors

MOST_WEIGHT = 100
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
"""The last two are of nodes only."""
_OF_PODS = ("labelSelector", "namespaceSelector")


def affinity_errors(affinity: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each part of `affinity` that the API server would refuse."""
    if not affinity:
        return
    found = list(schema_errors(affinity, "Affinity", "v1"))
    yield from found
    if not found:
        yield from _walk(affinity, "")


def _walk(value: object, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield from _walk(one, f"{path}[{i}]")
    elif isinstance(value, Mapping):
        if "operator" in value:
            yield from _requirement(value, path)
        for key, held in value.items():
            at = f"{path}.{key}".lstrip(".")
            wrong = _wrong(key, held)
            if wrong:
                yield f"{at} {wrong}"
            else:
                yield from _walk(held, at)


def _wrong(key: str, held: Any) -> str:  # noqa: ANN401 - of the type that Kubernetes has there
    if key == "weight" and not 1 <= held <= MOST_WEIGHT:
        return f"is {held}; allowed is a whole number from 1 to {MOST_WEIGHT}"
    if key == "topologyKey" and not is_label_key(held):
        return "is no key of a label"
    if key == "nodeSelectorTerms" and not held:
        return "is empty"
    if key == "matchLabels" and not all(is_label_pair(*label) for label in held.items()):
        return "holds what is no label"
    return ""


def _requirement(value: Mapping[str, Any], path: str) -> Iterator[str]:
    operator, values = value["operator"], value.get("values") or []
    of_pods = any(f".{name}." in path for name in _OF_PODS)
    operators = _OPERATORS[:4] if of_pods else _OPERATORS
    if operator not in operators:
        yield f"{path}.operator is {operator}; allowed is {' or '.join(operators)}"
    elif operator in ("Gt", "Lt") and not (len(values) == 1 and values[0].isdecimal()):
        yield f"{path}.values takes one whole number with {operator}"
    elif operator in ("In", "NotIn") and not values:
        yield f"{path}.values is empty, and {operator} needs one"
    elif operator in ("Exists", "DoesNotExist") and values:
        yield f"{path}.values goes with In and NotIn, and the operator is {operator}"
    if not is_label_key(value["key"]) or not all(map(is_label_value, values)):
        yield f"{path} holds what is no label's key or value"
