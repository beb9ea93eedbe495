"""The result of a translation from Helm values to inputs."""

from dataclasses import dataclass, field
from typing import Any

from components.inputs.resolve import SECRETS
from components.naming import camel


@dataclass
class Translation:
    """A stack's config, its secrets apart, and what the user should know about it."""

    config: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    """A sentence for each Helm value that the chart ignores."""
    notes: list[str] = field(default_factory=list)

    def set_input(self, path: str, value: object) -> None:
        """Sets an input by its path in the table, such as `ingress.class_name`."""
        if path in SECRETS:
            self.secrets[camel(path)] = str(value)
        else:
            _set(self.config, [camel(name) for name in path.split(".")], value)

    def set_helm_value(self, path: str, value: object) -> None:
        """Sets a value of the input `values`, such as `ingress.tls`."""
        _set(self.config, ["values", *path.split(".")], value)


def _set(values: dict[str, Any], keys: list[str], value: object) -> None:
    *groups, name = keys
    for group in groups:
        values = values.setdefault(group, {})
    values[name] = value
