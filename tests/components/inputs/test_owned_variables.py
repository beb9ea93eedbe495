"""Variables that inputs own are given by them, and not once more."""

import json
from typing import Any

import pytest

from components.inputs.resolve import resolve
from tests.support.components import inputs, problems_of


def extra(*names: str) -> dict[str, Any]:
    return {"extraEnv": [{"name": name, "value": "x"} for name in names]}


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("TRANSPORTER", "nats or nats_url"),
        ("NATS_URL", "nats or nats_url"),
        ("MONGO_URL", "mongodb_url or mongodb_secret"),
        ("ROOT_URL", "root_url"),
    ],
)
def test_a_variable_that_every_workspace_has_is_refused(name: str, instead: str) -> None:
    (problem,) = problems_of(lambda: resolve(inputs(values=extra("A", name))))
    assert problem == f"values.extraEnv: {name} belongs to an input. Use {instead}."


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("MAIL_URL", {"smtp": {"host": "mail.example.com"}}),
        ("ROCKETCHAT_LICENSE", {"license": "x"}),
        ("REG_TOKEN", {"registration_token": "x"}),
    ],
)
def test_others_are_the_operators_own_until_the_input_is_given(
    name: str, given: dict[str, Any]
) -> None:
    assert resolve(inputs(values=extra(name))).values == extra(name)
    (problem,) = problems_of(lambda: resolve(inputs(values=extra(name), **given)))
    assert problem.startswith(f"values.extraEnv: {name} belongs to an input. Use ")


def test_a_text_of_yaml_is_read_too() -> None:
    values = {"extraEnv": json.dumps(extra("TRANSPORTER")["extraEnv"])}
    assert len(problems_of(lambda: resolve(inputs(values=values)))) == 1


@pytest.mark.parametrize("came", ["{", "1", "a: b", [1], [{"value": "x"}], {"name": "TRANSPORTER"}])
def test_what_is_no_list_of_variables_is_left_to_helm(came: object) -> None:
    assert resolve(inputs(values={"extraEnv": came})).values == {"extraEnv": came}
