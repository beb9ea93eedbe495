"""A stack's config as the simulated cluster runs it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

PLACEHOLDER = "mongodb://simulated.example.com/rocketchat"
NATS_PLACEHOLDER = "nats://simulated.example.com:4222"

Keys = tuple[str, ...]


def simulated(
    config: Mapping[str, Any],
    project: str,
    chart: str | None,
) -> tuple[dict[str, Any], dict[Keys, str]]:
    """A stack's config less what ties it to its real cluster, and its secrets' placeholders.

    Only the project's own keys stay: those of providers name real clusters and accounts. What was
    encrypted can't be read here and comes back as placeholders by their path, to be encrypted
    anew. `chart` is the path of a chart to run in place of the one that the config names.
    """
    begin = f"{project}:"
    own = {key: value for key, value in config.items() if key.startswith(begin)}
    if chart is not None:
        own[f"{begin}chart"] = {"path": chart}
    secrets = {path: _placeholder(path) for path, _ in encrypted_values(own)}
    return {key: _without(value) for key, value in own.items() if not _is_secret(value)}, secrets


def keep_encrypted(
    config: dict[str, Any],
    secrets: Iterable[Keys],
    written: Mapping[str, Any],
) -> set[Keys]:
    """Puts what `written` has encrypted at `secrets` back into `config`; which of them it had."""
    kept = set()
    for keys in secrets:
        held: Any = written
        for key in keys:
            held = held.get(key) if isinstance(held, Mapping) else None
        if _is_secret(held):
            place = config
            for key in keys[:-1]:
                place = place.setdefault(key, {})
            place[keys[-1]] = held
            kept.add(keys)
    return kept


def encrypted_values(config: object, above: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """The path and the ciphertext of each secret in a config."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            path = (*above, str(key))
            if _is_secret(value):
                yield path, str(value["secure"])
            else:
                yield from encrypted_values(value, path)


def config_path(keys: Keys) -> str:
    """`keys` as `pulumi config set --path` takes them."""
    return keys[0] + "".join(f'["{key}"]' for key in keys[1:])


def _placeholder(path: Keys) -> str:
    """Something of the form that the program asks of the secret at `path`."""
    return NATS_PLACEHOLDER if path[0].endswith(":natsUrl") else PLACEHOLDER


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _without(value: object) -> object:
    """`value` without its secrets."""
    if isinstance(value, Mapping):
        return {key: _without(held) for key, held in value.items() if not _is_secret(held)}
    return value
