"""Stack config -> args.

Every key of the project's config is an input of the component, in camelCase.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, cast, get_origin

import pulumi
from pulumi.runtime import config as runtime_config

from components.inputs.args import RocketChatArgs
from components.inputs.decode import decode, is_secret
from components.inputs.errors import ValidationErrors
from components.inputs.pod_template_overrides import sealed
from components.inputs.spec import resolve
from components.naming import camel, field_types

SECRETS = tuple(name for name, hint in field_types(RocketChatArgs).items() if is_secret(hint))
"""The inputs whose values are secrets."""


def read_stack_config(project: str) -> RocketChatArgs:
    """The inputs that the stack's config gives, secrets as secret outputs.

    Raises `pulumi.RunError`, which tells every problem in the config at once, by its keys.
    """
    # pulumi.Config reads single keys; an unknown one can be told only from the whole.
    config = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    begin = f"{project}:"
    given = {key.removeprefix(begin): text for key, text in config.items() if key.startswith(begin)}
    encrypted = {key for key in given if runtime_config.is_config_secret(begin + key)} | {
        key.removeprefix(begin) for key in runtime_config.get_config_secret_keys_env()
    }
    return parse_config(given, encrypted)


def parse_config(given: Mapping[str, str], encrypted: Collection[str]) -> RocketChatArgs:
    """The inputs that config keys (less the project's name) and their texts stand for.

    `encrypted` names the keys that the config holds as ciphertext. Raises as `from_config` does.
    """
    hints = {camel(name): hint for name, hint in field_types(RocketChatArgs).items()}
    values = {
        key: _value(text, hints.get(key))
        for key, text in given.items()
        # Pulumi.yaml declares an empty default for what may be left out.
        if text not in ("", "{}", "[]")
    }
    errors = ValidationErrors(camel, encrypted)
    for key in (camel(name) for name in SECRETS):
        if key in values and key not in encrypted:
            errors.add(
                key,
                f"is a secret, and the config holds it in plain text. Run `pulumi config set"
                f" --secret {key}`, and change it where it comes from, since it has been written.",
            )
    for key in [key for key in values if key in encrypted and _is_plain(hints.get(key), key)]:
        errors.add(
            key,
            "is encrypted, and ends in plain sight on the cluster and in the state. Set it without"
            " --secret; keep what is secret in a Secret of your own, and name that.",
        )
        if get_origin(hints[key]) is Mapping:
            # Other problems with it would show parts of it.
            values.pop(key)
    resolve(values, errors, camel)
    args = decode(values, RocketChatArgs, errors, camel)
    for name in SECRETS:
        if name in args:
            args[name] = pulumi.Output.secret(args[name])
    if "pod_template_overrides" in args and camel("pod_template_overrides") in encrypted:
        args["pod_template_overrides"] = sealed(args["pod_template_overrides"])
    return cast("RocketChatArgs", args)


def _is_plain(hint: object, key: str) -> bool:
    """Whether an input, one that there is, keeps no secret."""
    return hint is not None and not is_secret(hint) and key != camel("pod_template_overrides")


def _value(text: str, hint: object) -> Any:  # noqa: ANN401 - any JSON
    """The value that a config text stands for, given the input's type."""
    if hint is bool and text in ("true", "false"):
        return text == "true"
    if hint is int:
        return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text
    if text[:1] in ("{", "[") and hint is not str and not is_secret(hint):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text
