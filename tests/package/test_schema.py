"""The package's schema says what the inputs' declarations say."""

import json
from typing import Any

import pytest

from components.inputs.args import RocketChatArgs
from components.inputs.resolve import SECRETS
from components.naming import camel, field_types
from package.provider import TYPE
from tests.support.paths import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "package" / "schema.json").read_text(encoding="utf-8"))
RESOURCE = SCHEMA["resources"][TYPE]


def test_every_input_is_there_and_only_the_host_is_required() -> None:
    assert set(RESOURCE["inputProperties"]) == {camel(name) for name in field_types(RocketChatArgs)}
    assert RESOURCE["requiredInputs"] == ["host"]


def test_secret_inputs_and_no_others_are_marked() -> None:
    marked = {name for name, found in RESOURCE["inputProperties"].items() if found.get("secret")}
    assert marked == {camel(name) for name in SECRETS}
    assert marked


@pytest.mark.parametrize("name", sorted(SCHEMA["types"]))
def test_every_property_of_a_type_is_described(name: str) -> None:
    properties = SCHEMA["types"][name].get("properties", {})
    assert not [key for key, found in properties.items() if not found.get("description")]


def test_every_input_is_described() -> None:
    properties = RESOURCE["inputProperties"]
    assert not [key for key, found in properties.items() if not found.get("description")]
