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
    """By the path in the config, as in `services.rocketchat.variables.HTTPS_PROXY`."""
    ignored: list[str] = field(default_factory=list)
    """A sentence for each Helm value that the chart ignores."""
    notes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """A sentence for each Helm value that no input can say, with what to do."""
    handled: list[str] = field(default_factory=list)
    """The Helm values that need no place in the input `values`, besides those of the table."""

    def refuse(self, path: str, message: str) -> None:
        """Adds a refusal of the Helm value at `path`."""
        self.refusals.append(f"{path}: {message}")

    def set_input(self, path: str, value: object) -> None:
        """Sets an input by its path in the table, such as `ingress.class_name`."""
        if path in SECRETS:
            self.secrets[camel(path)] = str(value)
        else:
            set_nested(self.config, [camel(name) for name in path.split(".")], value)

    def set_entry(self, path: str, key: str, value: object) -> None:
        """Sets one entry of an input whose keys are the operator's own, such as `variables`."""
        set_nested(self.config, [*map(camel, path.split(".")), key], value)

    def set_secret_entry(self, path: str, key: str, text: str) -> None:
        """As `set_entry`, for an entry that is kept as a secret."""
        self.secrets[".".join([*map(camel, path.split(".")), key])] = text

    def set_helm_value(self, path: str, value: object) -> None:
        """Sets a value of the input `values`, such as `ingress.tls`."""
        set_nested(self.config, ["values", *path.split(".")], value)


def set_nested(values: dict[str, Any], keys: list[str], value: object) -> None:
    """Sets the value below the keys of a path."""
    *groups, name = keys
    for group in groups:
        values = values.setdefault(group, {})
    values[name] = value


def remove_nested(values: dict[str, Any], keys: list[str]) -> None:
    """Removes the value at a path, if there is one, and the objects that are empty then."""
    key, *below = keys
    if not below:
        values.pop(key, None)
    elif isinstance(values.get(key), dict):
        remove_nested(values[key], below)
        if not values[key]:
            del values[key]
