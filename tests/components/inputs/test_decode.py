"""Inputs of the wrong name or type, at every depth."""

import math
from enum import Enum
from typing import Any

import pulumi
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.inputs.args import Mode, RocketChatArgs
from components.inputs.decode import decode, survives_yaml, to_int, to_string
from components.inputs.errors import ValidationErrors
from components.naming import camel
from tests.support.components import CANARY, gathered

MOST = {"host": "chat.example.com"}

NAMED = {"name": "their-nats"}


def _fit(received: Any) -> tuple[dict[str, Any], list[str]]:  # noqa: ANN401 - any input
    errors = ValidationErrors()
    return decode({**MOST, **received}, RocketChatArgs, errors), gathered(errors)


def _nested(levels: int) -> dict[str, Any]:
    """As many maps, each in the one before."""
    return {"a": _nested(levels - 1)} if levels else {}


def _in_itself() -> dict[str, Any]:
    own: dict[str, Any] = {}
    own |= {"a": own, "b": own}
    return own


@pytest.mark.parametrize(
    ("received", "fitted"),
    [
        pytest.param({"values": _nested(50)}, {"values": _nested(50)}, id="deep enough"),
        pytest.param({"replica_count": 3.0}, {"replica_count": 3}, id="a whole float"),
        pytest.param({"mode": "monolith"}, {"mode": Mode.MONOLITH}, id="a mode's word"),
        pytest.param({"mode": Mode.MONOLITH}, {"mode": Mode.MONOLITH}, id="a mode"),
        pytest.param({"replicas": {"presence": 2.0}}, {"replicas": {"presence": 2}}, id="inside"),
        pytest.param({"replicas": None, "mode": None}, {}, id="nulls"),
        pytest.param({"replicas": {"presence": None}}, {"replicas": {}}, id="a null inside"),
        pytest.param(
            {"services": {"nats": {"resources": {"limits": {"cpu": 2, "memory": "1Gi"}}}}},
            {"services": {"nats": {"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}}},
            id="a number that is a text",
        ),
        pytest.param(
            {"values": {"a": [1, None, {"b": True}]}},
            {"values": {"a": [1, None, {"b": True}]}},
            id="values as they are",
        ),
    ],
)
def test_what_fits_comes_out_as_declared(received: dict[str, Any], fitted: dict[str, Any]) -> None:
    found, reported = _fit(received)
    assert reported == []
    assert found == {**MOST, **fitted}
    assert type(found.get("replica_count", 0)) is int


GROUP = (
    "allowed is an object of rocketchat, presence, ddp_streamer, account, authorization,"
    " queue_worker, omnichannel_transcript, nats."
)


@pytest.mark.parametrize(
    ("received", "reported"),
    [
        pytest.param(
            {"replica_count": True},
            "replica_count: got true; allowed is an integer.",
            id="boolean for number",
        ),
        pytest.param(
            {"replica_count": 1.5},
            "replica_count: got 1.5; allowed is an integer.",
            id="fraction",
        ),
        pytest.param(
            {"replica_count": "3"},
            'replica_count: got "3"; allowed is an integer.',
            id="text for number",
        ),
        pytest.param(
            {"replica_count": math.nan},
            "replica_count: got NaN; allowed is an integer.",
            id="no number",
        ),
        pytest.param(
            {"replica_count": math.inf},
            "replica_count: got Infinity; allowed is an integer.",
            id="infinity",
        ),
        pytest.param(
            {"replicas": [1]}, f"replicas: got [1]; {GROUP}", id="list where a group is expected"
        ),
        pytest.param({"replicas": 3}, f"replicas: got 3; {GROUP}", id="number for group"),
        pytest.param({"replicas": ""}, f'replicas: got ""; {GROUP}', id="empty text for group"),
        pytest.param(
            {"create_namespace": "false"},
            'create_namespace: got "false"; allowed is true or false.',
            id="text for boolean",
        ),
        pytest.param(
            {"create_namespace": 0},
            "create_namespace: got 0; allowed is true or false.",
            id="zero for boolean",
        ),
        pytest.param(
            {"namespace": 12},
            "namespace: got 12; allowed is a string (in quotes, if need be).",
            id="number for text",
        ),
        pytest.param(
            {"mode": "Monolith"},
            'mode: got "Monolith"; allowed is microservices or monolith.',
            id="unknown mode",
        ),
        pytest.param(
            {"mode": ["monolith"]},
            'mode: got ["monolith"]; allowed is microservices or monolith.',
            id="list for mode",
        ),
        pytest.param(
            {"values": [1]},
            "values: got [1]; allowed is an object.",
            id="list where a map is expected",
        ),
        pytest.param(
            {"ingress": {"annotations": {"a.b/c_d": True}}},
            'ingress.annotations: got {"a.b/c_d": true}; allowed is a string for each key'
            " (in quotes, if need be).",
            id="boolean for an annotation",
        ),
        pytest.param(
            {"nats": {"existing_secret": NAMED}},
            "nats.existing_secret.key: is missing. Set it.",
            id="a required field inside",
        ),
        pytest.param({"host": None}, "host: is missing. Set it.", id="null for what is required"),
        pytest.param(
            {"replicas": {"presense": 2}},
            "replicas.presense: no such key. Did you mean presence?",
            id="a slip inside",
        ),
        pytest.param(
            {"replicas": {1: 2}},
            "replicas.1: no such key. There are: account, authorization, ddp_streamer, nats,"
            " omnichannel_transcript, presence, queue_worker, rocketchat.",
            id="a number for a key",
        ),
        pytest.param(
            {"replicas": {"presence": {"presence": [1]}}},
            'replicas.presence: got {"presence": [1]}; allowed is an integer.',
            id="a map for a number",
        ),
        pytest.param(
            {"license": {"text": CANARY}},
            "license: is a secret, and has to be a string. Set it as one.",
            id="map for a secret",
        ),
        pytest.param(
            {"nats_url": 4222},
            "nats_url: is a secret, and has to be a string. Set it as one.",
            id="number for a secret",
        ),
        pytest.param(
            {"values": _nested(51)},
            "values: is nested more than 50 deep.",
            id="nested too deep",
        ),
        pytest.param(
            {"values": _in_itself()},
            "values: is nested more than 50 deep.",
            id="twice in itself",
        ),
    ],
)
def test_what_does_not_fit_is_reported_and_left_out(
    received: dict[str, Any], reported: str
) -> None:
    found, errors = _fit(received)
    assert errors == [reported]
    key = next(iter(received))
    left: tuple[object, ...] = (
        None,
        {},
        {"annotations": {}},
        {"existing_secret": {"name": "their-nats"}},
    )
    assert found.get(key) in left


@pytest.mark.parametrize("key", ["namespace", "replica_count", "mode", "create_namespace", "smtp"])
def test_an_output_for_what_has_to_be_known_is_reported(key: str) -> None:
    found, (reported,) = _fit({key: pulumi.Output.from_input("late")})
    assert reported.startswith(f'{key}: got "<Output>"; allowed is ')
    assert key not in found


def test_a_secret_may_come_late() -> None:
    late = pulumi.Output.from_input("late")
    found, reported = _fit({"license": late, "nats_url": "nats://here"})
    assert reported == []
    assert found["license"] is late
    assert found["nats_url"] == "nats://here"


def test_every_problem_is_found_and_what_fits_is_kept() -> None:
    errors = ValidationErrors(camel)
    received = {
        "host": 1,
        "replica_count": 2,
        "replicas": {"ddpStreamer": "two", "ddp_streamer": 2, "presence": 3},
        "Mode": "monolith",
    }
    found = decode(received, RocketChatArgs, errors)
    assert found == {"replicas": {"presence": 3}}
    assert gathered(errors) == [
        "host: got 1; allowed is a string (in quotes, if need be).",
        "replica_count: no such key. Did you mean replicaCount?",
        'replicas.ddpStreamer: got "two"; allowed is an integer.',
        "replicas.ddp_streamer: no such key. Did you mean ddpStreamer?",
        "Mode: no such key. Did you mean mode?",
    ]


class Odd(Enum):
    """An enum that no input has."""

    ONE = 1


keys = st.text(max_size=8) | st.integers() | st.none() | st.tuples(st.integers()) | st.floats()
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.sampled_from([Odd.ONE, Mode.MONOLITH, object(), {1}, Mode]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
inputs = st.sampled_from(sorted(RocketChatArgs.__annotations__)) | keys


@given(received=st.dictionaries(inputs, anything))
@example(received={"replica_count": 10**5000, "ingress": {"annotations": {"a": 10**5000}}})
@example(received={"replicas": [{(1, 2): 3}], ".host": 1, "": 2})
def test_nothing_that_comes_ends_in_anything_but_problems(received: dict[Any, Any]) -> None:
    errors = ValidationErrors()
    found = decode(received, RocketChatArgs, errors)
    assert found.keys() <= RocketChatArgs.__annotations__.keys()
    missed = {key for key, value in received.items() if value is not None} - found.keys()
    assert bool(gathered(errors)) or not missed


@given(st.integers())
def test_every_whole_number_is_one_also_as_a_float(number: int) -> None:
    assert to_int(number) == number
    small = number % 2**53
    assert to_int(float(small)) == small
    assert type(to_int(float(small))) is int


@given(st.floats().filter(lambda number: not number.is_integer()))
def test_no_fraction_is_a_whole_number(number: float) -> None:
    assert to_int(number) is None


@given(st.booleans() | st.text() | st.none() | st.binary() | st.complex_numbers())
def test_nothing_else_is_a_whole_number(received: object) -> None:
    assert to_int(received) is None


@pytest.mark.parametrize(
    ("received", "text"),
    [
        pytest.param(10**5000, None, id="thousands of digits"),
        ("500m", "500m"),
        (2, "2"),
        (0.5, "0.5"),
        ("", ""),
        (True, None),
        (None, None),
        ({}, None),
        (b"a", None),
    ],
)
def test_a_number_may_stand_for_a_text_and_nothing_else_may(
    received: object, text: str | None
) -> None:
    assert to_string(received) == text


@pytest.mark.parametrize(
    ("text", "carried"),
    [("a\n\tb\0", True), ("\x85\xa0\ufeff", True), ("\U0001f600", True)]
    + [(character, False) for character in "\x7f\x80\x84\x86\x9f\ud800\udfff\ufffe\uffff"],
)
def test_kubernetes_reads_no_text_with_what_yaml_does_not_have(text: str, carried: bool) -> None:  # noqa: FBT001
    assert survives_yaml(text) is carried
