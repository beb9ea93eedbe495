"""Warnings about what existing Secrets hold, where they can be read. No message shows any of it."""

from collections.abc import Iterator, Mapping

from components.inputs.definitions import LICENSE
from components.inputs.spec import SecretKey, WorkspaceSpec
from components.inputs.urls import mongodb_database_warning, mongodb_url_error, nats_url_error
from components.services import ROCKETCHAT

SecretContents = Mapping[str, Mapping[str, str]]
"""The data of Secrets, by their names."""


def read_secrets(spec: WorkspaceSpec) -> list[str]:
    """Returns the names of the existing Secrets that these warnings are about."""
    given = [reference.name for _, reference in _references(spec)]
    extra = _extra_secret(spec)
    return list(dict.fromkeys([*given, extra] if extra else given))


def secret_warnings(spec: WorkspaceSpec, secrets: SecretContents) -> Iterator[str]:
    """Yields what Rocket.Chat won't take as it is meant.

    Args:
        spec: The workspace.
        secrets: What could be read; nothing is said about other Secrets.
    """
    for path, reference in _references(spec):
        if reference.name not in secrets:
            continue
        value = secrets[reference.name].get(reference.key)
        keys = ", ".join(sorted(secrets[reference.name])) or "none"
        found = (
            [f"has no key {reference.key} (it has {keys}), so that pods won't start"]
            if value is None
            else _errors_in(path, value, spec)
        )
        for error in found:
            yield f"{spec.format_key(path)}: Secret {reference.name} {error}"
    if _lacks_license(spec, secrets):
        yield (
            f"{spec.format_key('license')}: none given. Rocket.Chat stops surplus instances of a"
            " workspace without one; ignore this where the workspace already holds its licence."
        )


def _references(spec: WorkspaceSpec) -> Iterator[tuple[str, SecretKey]]:
    """The existing Secrets that inputs name, with the input."""
    if "mongodb_secret" in spec.args:
        yield "mongodb_secret", spec.mongodb
    if "nats_url" not in spec.args and spec.bus.secret is not None:
        yield "nats.existing_secret", spec.bus.secret
    if spec.existing_license is not None:
        yield "license_secret", spec.existing_license
    if spec.mail is not None and "existing_secret" in spec.args["smtp"]:
        yield "smtp.existing_secret", spec.mail


def _errors_in(path: str, value: str, spec: WorkspaceSpec) -> Iterator[str]:
    if path == "nats.existing_secret":
        error = nats_url_error(value)
        if error:
            yield f"holds a URL that {error}"
    elif path == "mongodb_secret":
        error = mongodb_url_error(value) or mongodb_database_warning(value)
        if error:
            yield f"holds a URL that {error}"
        elif spec.mongodb_options and "?" not in value:
            options = spec.format_key("mongodb_options")
            yield f"holds a URL that {options} can't be appended to. End it in `?`."


def _extra_secret(spec: WorkspaceSpec) -> str | None:
    """The Secret of the operator's own whose keys are variables of the monolith."""
    name = spec.values.get("extraSecret")
    return name if isinstance(name, str) and name else None


def _lacks_license(spec: WorkspaceSpec, secrets: SecretContents) -> bool:
    if "license" in spec.args or "license_secret" in spec.args:
        return False
    if LICENSE in secrets.get(_extra_secret(spec) or "", {}):
        return False
    return spec.microservices or spec.replicas[ROCKETCHAT.name] > 1
