"""How a wrong input is reported."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.inputs.errors import ValidationErrors
from components.messages import nearest, show
from components.naming import camel
from tests.support.components import CANARY, gathered, problems_of, refusal


def test_no_problem_is_no_error() -> None:
    ValidationErrors().raise_if_any()


def test_one_problem_is_reported_in_the_singular() -> None:
    errors = ValidationErrors()
    errors.add("host", "is missing. Set it.")
    assert refusal(errors.raise_if_any) == (
        "1 problem in the inputs; nothing was changed:\n  - host: is missing. Set it."
    )


def test_every_problem_is_reported_at_once_in_the_order_of_finding() -> None:
    errors = ValidationErrors(camel)
    errors.add_invalid("replica_count", 0, "a whole number", "Left out, it is 1.")
    errors.add("mongodb_url", "is missing.")
    errors.add_unknown_key("replicas.ddp_streamer", ["ddpStreamer", "presence"])
    assert problems_of(errors.raise_if_any) == [
        "replicaCount: got 0; allowed is a whole number. Left out, it is 1.",
        "mongodbUrl: is missing.",
        "replicas.ddp_streamer: no such key. Did you mean ddpStreamer?",
    ]


@pytest.mark.parametrize(
    ("key_format", "key"), [(str, "replicas.ddp_streamer"), (camel, "replicas.ddpStreamer")]
)
def test_a_key_is_reported_as_its_author_wrote_it(key_format: type[str], key: str) -> None:
    assert ValidationErrors(key_format).format_key("replicas.ddp_streamer") == key


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("presense", "presence"),
        ("ddp_streamer", "ddpStreamer"),
        ("ddp-streamer", "ddpStreamer"),
        ("DDPSTREAMER", "ddpStreamer"),
        ("acount", "account"),
        ("zzz", None),
        ("", None),
    ],
)
def test_a_slip_of_the_finger_is_recognised(word: str, meant: str | None) -> None:
    assert nearest(word, ["presence", "ddpStreamer", "account", "nats"]) == meant


def test_where_nothing_is_near_all_there_is_is_reported() -> None:
    errors = ValidationErrors()
    errors.add_unknown_key("replicas.mongodb", ["presence", "nats"])
    assert gathered(errors) == ["replicas.mongodb: no such key. There are: nats, presence."]


circular: list[object] = []
circular.append(circular)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("chat", '"chat"', id="text"),
        pytest.param("größer", '"größer"', id="text beyond ASCII"),
        pytest.param("a\nb", r'"a\nb"', id="two lines become one"),
        pytest.param(None, "null", id="nothing"),
        pytest.param(True, "true", id="boolean"),
        pytest.param(1.5, "1.5", id="fraction"),
        pytest.param(float("nan"), "NaN", id="no number"),
        pytest.param({"cpu": "1"}, '{"cpu": "1"}', id="map"),
        pytest.param(b"secret", '"<bytes>"', id="what JSON has not"),
        pytest.param("a" * 100, '"' + "a" * 58 + "…", id="long"),
        pytest.param(10**5000, "<int>", id="thousands of digits"),
        pytest.param({(1, 2): 3}, "<dict>", id="a tuple for a key"),
        pytest.param(circular, "<list>", id="a list that holds itself"),
    ],
)
def test_a_value_is_shown_as_one_line_of_json(value: object, text: str) -> None:
    assert show(value) == text


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.tuples(st.integers()), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(value=anything)
def test_anything_can_be_shown_in_60_characters(value: object) -> None:
    text = show(value)
    assert 0 < len(text) <= 60
    assert "\n" not in text


words = st.text(st.characters(codec="utf-8"), max_size=12)


@example(before="", after="://x", host="db.example.com")
@given(before=words, after=words, host=st.sampled_from(["db.example.com", "127.0.0.1:27017"]))
@pytest.mark.parametrize("scheme", ["mongodb://", "nats://", "https://", ""])
def test_no_part_of_a_password_in_a_url_is_shown(
    scheme: str, before: str, after: str, host: str
) -> None:
    text = show(f"{scheme}user:{before}{CANARY}{after}@{host}", limit=1000)
    assert CANARY not in text
    assert CANARY not in show({"host": [f"{scheme}user:{before}{CANARY}{after}@{host}"]}, 1000)


@pytest.mark.parametrize("url", ["mongodb://user:{}", "mongodb://user@{}", "nats://{}/x"])
def test_nothing_of_a_url_cut_short_is_shown(url: str) -> None:
    assert CANARY not in show(url.format(CANARY))


def test_the_value_of_a_hidden_input_is_never_shown() -> None:
    errors = ValidationErrors(camel, hidden={"mongodbSecret", "smtp"})
    errors.add_invalid("mongodb_secret", CANARY, "a name")
    errors.add_invalid("smtp.host", CANARY, "a host")
    errors.add_invalid("host", "seen", "a host")
    assert gathered(errors) == [
        "mongodbSecret: got a secret, which isn't shown; allowed is a name.",
        "smtp.host: got a secret, which isn't shown; allowed is a host.",
        'host: got "seen"; allowed is a host.',
    ]
