"""Stack config -> raw inputs: every key of the project's config is an input, in camelCase."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_origin

import pulumi
from pulumi.runtime import config as runtime_config

from components.inputs.args import RocketChatArgs
from components.inputs.decode import is_secret
from components.inputs.errors import ValidationErrors
from components.inputs.pod_template_overrides import with_secrets
from components.naming import camel, field_types

_TYPES = {camel(name): declared for name, declared in field_types(RocketChatArgs).items()}
_OVERRIDES = camel("pod_template_overrides")
_VARIABLES, _SERVICES = "variables", "services"
_MAY_HOLD_SECRETS = (_OVERRIDES, _VARIABLES, _SERVICES)
"""The inputs that aren't declared as secrets and keep what is encrypted in them."""


@dataclass(frozen=True)
class StackConfig:
    """What a stack's config says, for the component to decode and validate."""

    args: RocketChatArgs
    """Raw: names in camelCase, nothing checked."""
    errors: ValidationErrors
    """What is wrong with how the config holds secrets; writes keys in camelCase."""


def read_stack_config(project: str) -> StackConfig:
    """Reads the running program's config for `project`."""
    # pulumi.Config reads single keys; unknown ones show only in the whole.
    config = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    prefix = f"{project}:"
    texts = {
        key.removeprefix(prefix): text for key, text in config.items() if key.startswith(prefix)
    }
    encrypted = {key for key in texts if runtime_config.is_config_secret(prefix + key)} | {
        key.removeprefix(prefix) for key in runtime_config.get_config_secret_keys_env()
    }
    return parse_config(texts, encrypted)


def parse_config(texts: Mapping[str, str], encrypted: Collection[str]) -> StackConfig:
    """Parses a config.

    Args:
        texts: The config's texts by key, without the project's name.
        encrypted: The keys that the config holds as ciphertext.
    """
    errors = ValidationErrors(camel, hidden=encrypted)
    values = {
        key: _parse(text, _TYPES.get(key))
        for key, text in texts.items()
        # Pulumi.yaml declares an empty default for what may be left out.
        if text not in ("", "{}", "[]")
    }
    for key, declared in _TYPES.items():
        if key not in values:
            continue
        if is_secret(declared):
            if key not in encrypted:
                errors.add(
                    key,
                    "is a secret, and the config holds it in plain text. Run `pulumi config set"
                    f" --secret {key}`, and change it where it comes from, since it has been"
                    " written.",
                )
        elif key in encrypted and key not in _MAY_HOLD_SECRETS:
            errors.add(
                key,
                "is encrypted, but ends up in plain sight on the cluster and in the state. Set it"
                " without --secret; keep what is secret in a Secret of your own, and name that.",
            )
            if get_origin(declared) is Mapping:
                # Other errors with it would show parts of it.
                values.pop(key)
    _keep_variables_secret(values, encrypted)
    overrides = values.get(_OVERRIDES)
    if _OVERRIDES in encrypted and isinstance(overrides, Mapping):
        values[_OVERRIDES] = with_secrets(overrides)
    return StackConfig(cast("RocketChatArgs", values), errors)


def _keep_variables_secret(values: dict[str, Any], encrypted: Collection[str]) -> None:
    """Makes Outputs of the variables in what the config holds as ciphertext.

    Pulumi says only of a whole key that some of it is encrypted.
    """
    if _VARIABLES in encrypted:
        values[_VARIABLES] = _as_secrets(values.get(_VARIABLES))
    services = values.get(_SERVICES)
    if _SERVICES in encrypted and isinstance(services, Mapping):
        values[_SERVICES] = {
            name: {**settings, _VARIABLES: _as_secrets(settings.get(_VARIABLES, {}))}
            if isinstance(settings, Mapping)
            else settings
            for name, settings in services.items()
        }


def _as_secrets(variables: Any) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(variables, Mapping):
        return variables
    return {
        name: pulumi.Output.secret(value) if isinstance(value, str) else value
        for name, value in variables.items()
    }


def _parse(text: str, declared: object) -> Any:  # noqa: ANN401 - any JSON
    """Returns the value that a config text stands for, given the input's type."""
    if declared is bool and text in ("true", "false"):
        return text == "true"
    if declared is int:
        return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text
    if text[:1] in ("{", "[") and declared is not str and not is_secret(declared):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text
