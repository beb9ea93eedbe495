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
from tools.generate.declarations import every


def render() -> str:
    """Returns the schema."""
    provider = ComponentProvider([RocketChat], PACKAGE, version=VERSION)
    schema: dict[str, Any] = json.loads(provider.schema or "")
    inputs = schema["resources"][TYPE]["inputProperties"]
    for name in SECRETS:
        inputs[camel(name)]["secret"] = True
    _describe_inherited(schema)
    schema["resources"][TYPE]["description"] = inspect.getdoc(RocketChat)
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
