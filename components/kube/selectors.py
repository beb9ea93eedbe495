"""Label selectors, as Kubernetes reads them."""

from collections.abc import Mapping
from typing import Any

from components.kube.objects import nested_list, nested_map


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Returns whether a label selector matches labels."""
    if any(labels.get(key) != text for key, text in nested_map(selector, "matchLabels").items()):
        return False
    for term in nested_list(selector, "matchExpressions"):
        value, values = labels.get(term["key"]), term.get("values", [])
        fits = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not fits.get(term["operator"], False):
            return False
    return True
