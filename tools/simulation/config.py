"""A stack's config, changed so that it runs on the simulated cluster."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MONGODB_PLACEHOLDER = "mongodb://simulated.example.com/rocketchat"
NATS_PLACEHOLDER = "nats://simulated.example.com:4222"

KeyPath = tuple[str, ...]
"""The keys that lead to a value in a config."""


def simulated_config(
    config: Mapping[str, Any],
    project: str,
    chart: str | None,
) -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """Returns a stack's config without what belongs to its real cluster.

    Only the project's own keys are kept, as those of providers name real clusters and accounts.

    Args:
        config: The stack's config, with its secrets encrypted.
        project: The project's name.
        chart: The path of a chart to run in place of the one in the config.

    Returns:
        The config without its secrets, which can't be decrypted here, and a placeholder for each.
    """
    prefix = f"{project}:"
    own = {key: value for key, value in config.items() if key.startswith(prefix)}
    if chart is not None:
        own[f"{prefix}chart"] = {"path": chart}
    placeholders = {path: _placeholder(path) for path, _ in encrypted_values(own)}
    plain = {key: _without_secrets(value) for key, value in own.items() if not _is_secret(value)}
    return plain, placeholders


def keep_encrypted(
    config: dict[str, Any],
    paths: Iterable[KeyPath],
    written: Mapping[str, Any],
) -> set[KeyPath]:
    """Copies the secrets at `paths` from `written` to `config`, and returns the paths copied."""
    copied = set()
    for path in paths:
        value: Any = written
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if _is_secret(value):
            parent = config
            for key in path[:-1]:
                parent = parent.setdefault(key, {})
            parent[path[-1]] = value
            copied.add(path)
    return copied


def encrypted_values(config: object, above: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """The path and the ciphertext of each secret in a config."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            path = (*above, str(key))
            if _is_secret(value):
                yield path, str(value["secure"])
            else:
                yield from encrypted_values(value, path)


def config_path(path: KeyPath) -> str:
    """Returns `path` in the form of `pulumi config set --path`."""
    return path[0] + "".join(f'["{key}"]' for key in path[1:])


def _placeholder(path: KeyPath) -> str:
    """A value that the program accepts for the secret at `path`."""
    return NATS_PLACEHOLDER if path[0].endswith(":natsUrl") else MONGODB_PLACEHOLDER


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _without_secrets(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            key: _without_secrets(field) for key, field in value.items() if not _is_secret(field)
        }
    return value
