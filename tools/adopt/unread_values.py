"""The Helm values that the chart doesn't read, and what their author may have meant."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from components.chart.known_values import KnownKeys, known_keys
from components.chart.package import chart_texts
from components.messages import nearest
from components.services import SERVICES
from tools.adopt.translation import Translation, remove_nested

_FIELD = re.compile(r"[.\"]([A-Za-z][A-Za-z0-9_]*)")
_VALUES_PATH = re.compile(r"\.Values\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
_VARIABLE = re.compile(r"(?<!hasKey )\$?\.Values\.([A-Za-z0-9_]+)(?![\w.])")
"""Where a template hands on a group of values, whose keys it then reads by another name."""
_SUBCHART = "nats"
MEANT: Mapping[str, str] = {
    "persistence.storageClassName": "The chart reads persistence.storageClass. Use"
    " uploads.storageClass.",
    "podSecurityContext": "The chart reads securityContext.",
    "startupProbe": "The chart has none; the program adds one to every service.",
    "env": "The chart reads extraEnv.",
    "extraEnvVars": "The chart reads extraEnv.",
    "extraEnvFrom": "The chart reads extraSecret, the name of one Secret.",
    "autoscaling": "The chart has no autoscaler. Use services.<service>.autoscaling.",
    "externalMongodbOplogUrl": "Rocket.Chat needs no oplog: it follows MongoDB by change streams.",
    "ingress.hosts": "The chart reads host.",
    "ingress.host": "The chart reads host.",
    "ingress.className": "The chart reads ingress.ingressClassName. Use ingress.className.",
    "ingress.tlsSecret": "The chart reads ingress.tls. Use ingress.tlsSecret.",
    "image.registry": "The chart reads image.repository, and global.imageRegistry. Use"
    " image.registry.",
    "image.digest": "The chart reads image.tag. Use image.tag, as in 8.6.1@sha256:….",
    "podDisruptionBudget.minAvailable": "The chart reads minAvailable.",
    "podDisruptionBudget.maxUnavailable": "The program's budgets allow one disruption.",
    "global.storageClass": "Use uploads.storageClass.",
}
"""What is meant by keys that other charts read, or that the chart once read."""
_TAKEN = (
    "global.imagePullSecrets",
    *("mongodb", "postgresql", "federation", "externalMongodbUrl", "microservices.replicaCount"),
    "microservices.streamHub",
    *(path for service in SERVICES for path in service.ignored_replicas),
)
"""Keys that the program reads, whether the chart does or not."""
_READ_AS_A_WHOLE = (
    *("mongodb", "postgresql", "federation", "auth", "annotations", "labels", "nodeSelector"),
    *("securityContext", "containerSecurityContext", "affinity", "resources"),
)
"""Keys below which nothing is unread: Kubernetes or another module takes all of it."""


def remove_unread_values(
    values: Mapping[str, Any], chart: Path, translation: Translation
) -> dict[str, Any]:
    """Returns `values` without the keys that nothing reads, and reports every key once.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    rest = deepcopy(dict(values))
    reader = _Reader(chart, values)
    for path in list(reader.unread(rest, reader.known, ())):
        remove_nested(rest, list(path))
        key = ".".join(path)
        if key in _TAKEN or any(taken.startswith(f"{key}.") for taken in _TAKEN):
            continue
        translation.ignored.append(f"{key}: the chart doesn't read it. {reader.hint(path)}".strip())
    return rest


class _Reader:
    """What the templates of one chart read."""

    def __init__(self, chart: Path, values: Mapping[str, Any]) -> None:
        texts = chart_texts(chart)
        own = _templates(texts, "")
        self.known: KnownKeys = known_keys(chart)
        # Values may be templates that read others.
        for path in _VALUES_PATH.findall(json.dumps(values)):
            known = self.known
            for name in path.split("."):
                if known.get(name) == {}:
                    break  # it takes any key
                known = known.setdefault(name, {})
        self._fields = {"": _fields(own), _SUBCHART: _fields(_templates(texts, "charts/nats/"))}
        self._handed_on = {name for text in own for name in _VARIABLE.findall(text)}

    def unread(
        self, values: Mapping[str, Any], known: KnownKeys, above: tuple[str, ...]
    ) -> Iterator[tuple[str, ...]]:
        """Yields the paths that no template reads."""
        for key, value in values.items():
            path = (*above, key)
            if key not in known:
                if ".".join(path) not in _TAKEN and not self._may_be_read(path):
                    yield path
            elif known[key] and isinstance(value, Mapping) and key not in _READ_AS_A_WHOLE:
                yield from self.unread(value, known[key], path)

    def hint(self, path: tuple[str, ...]) -> str:
        """Returns what was probably meant, as a sentence; "" where that isn't known."""
        key = ".".join(path)
        if key in MEANT:
            return MEANT[key]
        known = self.known
        for name in path[:-1]:
            known = known[name]
        near = nearest(path[-1], known)
        return f"Did you mean {'.'.join((*path[:-1], near))}?" if near else ""

    def _may_be_read(self, path: tuple[str, ...]) -> bool:
        """Whether a template may read a key through a variable, which only Helm can follow."""
        if ".".join(path) in MEANT:
            return False
        group, name = path[0], path[-1]
        if group == _SUBCHART:
            return name in self._fields[_SUBCHART]
        return len(path) > 1 and group in self._handed_on and name in self._fields[""]


def _templates(texts: Mapping[str, str], folder: str) -> list[str]:
    return [text for path, text in texts.items() if path.startswith(f"{folder}templates/")]


def _fields(templates: list[str]) -> frozenset[str]:
    return frozenset(name for text in templates for name in _FIELD.findall(text))
