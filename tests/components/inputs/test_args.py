"""The declarations of the inputs, which every Pulumi language has to be able to give."""

import ast
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, is_typeddict

import pytest

from components.inputs import args
from components.inputs.args import RocketChatArgs
from components.inputs.decode import is_secret
from components.naming import field_types
from components.services import BY_NAME

SOURCE = ast.parse(Path(args.__file__).read_text())
CLASSES = [node for node in SOURCE.body if isinstance(node, ast.ClassDef)]
GROUPS = {name: held for name, held in vars(args).items() if is_typeddict(held)}


@pytest.mark.parametrize("declared", CLASSES, ids=lambda node: node.name)
def test_every_field_is_followed_by_its_description(declared: ast.ClassDef) -> None:
    _, *body = declared.body
    assert ast.get_docstring(declared)
    for field, after in zip(body[::2], body[1::2], strict=True):
        assert isinstance(field, ast.AnnAssign | ast.Assign)
        assert isinstance(after, ast.Expr)
        assert isinstance(after.value, ast.Constant)
        assert str(after.value.value).endswith(".")


def test_nothing_is_declared_in_a_form_that_another_language_cannot_read() -> None:
    annotations = [node.annotation for node in ast.walk(SOURCE) if isinstance(node, ast.AnnAssign)]
    inside = [node for annotation in annotations for node in ast.walk(annotation)]
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    assert not any(isinstance(node, ast.BinOp) for node in inside)
    assert names.isdisjoint({"Literal", "Annotated", "Union", "Optional", "float", "dict"})
    imports = [node.module for node in ast.walk(SOURCE) if isinstance(node, ast.ImportFrom)]
    assert "__future__" not in imports


def _plain(hint: Any) -> bool:  # noqa: ANN401 - a type form
    if get_origin(hint) in (Mapping, list):
        # Variables, some of which are secret.
        return all(held is Any or is_secret(held) or _plain(held) for held in get_args(hint))
    enumeration = isinstance(hint, type) and issubclass(hint, Enum)
    return hint in (str, int, bool) or enumeration or is_typeddict(hint)


@pytest.mark.parametrize("name", GROUPS)
def test_every_field_is_plain_and_only_inputs_themselves_are_secrets(name: str) -> None:
    odd = [hint for hint in field_types(GROUPS[name]).values() if not _plain(hint)]
    assert all(map(is_secret, odd))
    assert name == "RocketChatArgs" or odd == []


def test_the_secrets_are_those_that_are_typed_as_inputs() -> None:
    hints = field_types(RocketChatArgs)
    assert {name for name, hint in hints.items() if is_secret(hint)} == {
        "nats_url",
        "mongodb_url",
        "license",
        "registration_token",
        "smtp_password",
    }


@pytest.mark.parametrize("group", ["ReplicasArgs", "ServicesArgs"])
def test_a_group_by_service_has_a_field_for_each(group: str) -> None:
    assert list(field_types(GROUPS[group])) == list(BY_NAME)
