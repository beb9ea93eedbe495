"""What Kubernetes asks of the fields of an object beyond their types."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from components.kube.names import LABEL, is_dns_name, is_label_key, is_label_pair
from components.messages import show

_WORDS_OF = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "protocol": ("TCP", "UDP", "SCTP"),
    "pathType": ("Exact", "Prefix", "ImplementationSpecific"),
    "podManagementPolicy": ("OrderedReady", "Parallel"),
    "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "sessionAffinity": ("ClientIP", "None"),
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "scheme": ("HTTP", "HTTPS"),
}
_MOST = 2**31
"""Kubernetes counts in 32 bits, and nothing below 0."""
_PORTS = ("port", "containerPort", "targetPort")
_NAMES = ("priorityClassName", "serviceAccountName", "storageClassName", "secretName", "claimName")
_NAMED: tuple[tuple[str, str], ...] = (
    (r"\.env\[\d+\]\.name", r"[ -<>-~]+"),
    (r"ontainers\[\d+\]\.ports\[\d+\]\.name", r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*"),
    (r"^spec\.ports\[\d+\]\.name", rf"(?=.{{1,63}}$){LABEL}"),
    (r"\.(initContainers|containers|volumes)\[\d+\]\.name", rf"(?=.{{1,63}}$){LABEL}"),
    (r"metadata\.name", rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*"),
    (r"\.(maxUnavailable|minAvailable|maxSurge)", r"\d{1,3}%"),
    (r"\.mountPath", r"/?[^:]+"),
    (r"\.image", r"\S+"),
)
"""Texts by their path, and their form."""
_LABELS = ("labels", "matchLabels", "nodeSelector")
_KEYS = {"env": "name", "containers": "name", "volumes": "name", "volumeMounts": "mountPath"}
"""What tells the items of a list apart; of two that are alike one would be lost."""


def field_errors(key: str, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - of the type there
    """What is wrong with a value whose type is right."""
    allowed = _WORDS_OF.get(key)
    if allowed and value not in allowed:
        yield f"{path} is {show(value)}; allowed is {' or '.join(allowed)}"
    if type(value) is int:
        yield from _number(key, value, path)
    if key in _NAMES and value and not is_dns_name(value, dots=True):
        yield f"{path} is {show(value)}, which is no name"
    for where, form in _NAMED:
        if isinstance(value, str) and re.search(f"{where}$", path) and not _fits(value, form):
            yield f"{path} is {show(value)}, which can't be there"
    if key in _LABELS and isinstance(value, Mapping):
        labels = ({name: text} for name, text in value.items() if not is_label_pair(name, text))
        yield from (f"{path} has {show(one)}, which is no label" for one in labels)
    if key == "annotations":
        wrong = (name for name in value if not is_label_key(name))
        yield from (f"{path} has {show(name)}, which is no annotation's key" for name in wrong)
    if key in _KEYS:
        times = Counter(one[_KEYS[key]] for one in value)
        twice = (name for name in times if times[name] > 1)
        yield from (f"{path} has {show(name)} more than once" for name in twice)


def _number(key: str, value: int, path: str) -> Iterator[str]:
    if not 0 <= value < _MOST:
        yield f"{path} is {value}; allowed is a whole number from 0 to {_MOST - 1}"
    if re.search(r"\.(liveness|startup)Probe\.successThreshold$", path) and value > 1:
        yield f"{path} is {value}; allowed is 1"
    if key in _PORTS and not 1 <= value <= 65535:  # noqa: PLR2004 - the range of ports
        yield f"{path} is {value}; allowed is a port from 1 to 65535"


def _fits(text: str, form: str) -> bool:
    return bool(re.fullmatch(form, text, re.ASCII))
