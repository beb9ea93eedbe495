"""package/schema.json: what the package `rocketchat` offers to every language."""

import inspect
import json
import re
from typing import Any, is_typeddict

from pulumi.provider.experimental.component import ComponentProvider

from components.inputs.resolve import SECRETS
from components.naming import camel
from components.rocketchat import RocketChat
from package.provider import PACKAGE, TYPE, VERSION
from tools.generate.declarations import every, in_camel_case


def render() -> str:
    """Returns the schema."""
    provider = ComponentProvider([RocketChat], PACKAGE, version=VERSION)
    schema: dict[str, Any] = json.loads(provider.schema or "")
    inputs = schema["resources"][TYPE]["inputProperties"]
    for name in SECRETS:
        inputs[camel(name)]["secret"] = True
    _describe_inherited(schema)
    schema["resources"][TYPE]["description"] = inspect.getdoc(RocketChat)
    _name_inputs_in_camel_case(schema)
    text = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False)
    # Generated SDKs add the suffix themselves.
    return re.sub(rf"({PACKAGE}:index:\w+)Args\b", r"\1", text) + "\n"


def _describe_inherited(schema: dict[str, Any]) -> None:
    """Describes the fields that a type has from another, whose docstrings the SDK doesn't read."""
    types = {found.path: found.type.__name__ for found in every() if is_typeddict(found.type)}
    for found in every():
        group, _, name = found.path.rpartition(".")
        if group in types:
            properties = schema["types"][f"{PACKAGE}:index:{types[group]}"]["properties"]
            properties[camel(name)]["description"] = found.description


def _name_inputs_in_camel_case(found: object) -> None:
    """Makes every description name inputs as the schema does."""
    if isinstance(found, dict):
        if isinstance(description := found.get("description"), str):
            found["description"] = in_camel_case(description)
        for value in found.values():
            _name_inputs_in_camel_case(value)
    elif isinstance(found, list):
        for value in found:
            _name_inputs_in_camel_case(value)
