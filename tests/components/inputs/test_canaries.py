"""A secret that was put in the wrong place, or is of a wrong form, is never shown."""

from collections.abc import Iterator
from functools import partial
from typing import Any, is_typeddict

import pytest

from components.inputs.args import RocketChatArgs
from components.inputs.resolve import SECRETS, resolve
from components.naming import camel, field_types
from tests.support.components import (
    CANARY,
    ENCRYPTED,
    as_config,
    inputs,
    problems_of,
    resolve_config,
)


def _leaves(declared: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    """The path of every input that isn't a group, and of every group too."""
    for name, hint in field_types(declared).items():
        yield (*path, name)
        if is_typeddict(hint):
            yield from _leaves(hint, (*path, name))


PATHS = [pytest.param(path, id=".".join(path)) for path in _leaves(RocketChatArgs)]
URL = f"mongodb://user:{CANARY}@db.example.com/rocketchat?x={CANARY}"


def _with(path: tuple[str, ...], value: object) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    whole = inputs(colour="red")
    assert isinstance(value, dict)
    return {**whole, **value}


@pytest.mark.parametrize("path", PATHS)
def test_a_secret_in_the_wrong_place_is_never_shown(path: tuple[str, ...]) -> None:
    for value in (URL, [URL], {"url": URL}, f"user:{CANARY}@db.example.com"):
        came = _with(path, value)
        given = as_config(came)
        assert CANARY not in str(problems_of(partial(resolve, came)))
        assert CANARY not in str(problems_of(partial(resolve_config, given, ENCRYPTED)))


@pytest.mark.parametrize("path", PATHS)
def test_what_the_config_holds_encrypted_is_never_shown(path: tuple[str, ...]) -> None:
    config = as_config(_with(path, CANARY))
    reported = problems_of(lambda: resolve_config(config, {*ENCRYPTED, camel(path[0])}))
    assert CANARY not in str(reported)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("wrong", [f" {CANARY}", [CANARY], {"a": CANARY}, f"http://{CANARY}"])
def test_a_secret_of_a_wrong_form_is_never_shown(name: str, wrong: object) -> None:
    args = {**inputs(colour="red"), name: wrong}
    assert CANARY not in str(problems_of(lambda: resolve(args)))
