"""How a wrong input is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.inputs.errors import Problems, nearest, shown
from components.services import camel
from tests.support.components import CANARY, gathered, problems_of, refusal


def test_no_problem_is_no_error() -> None:
    Problems().raise_if_any()


def test_one_problem_is_told_in_the_singular() -> None:
    problems = Problems()
    problems.say("host", "is missing. Set it.")
    assert refusal(problems.raise_if_any) == (
        "1 problem in the inputs; nothing was changed:\n  - host: is missing. Set it."
    )


def test_every_problem_is_told_at_once_in_the_order_of_finding() -> None:
    problems = Problems(camel)
    problems.add("replica_count", 0, "a whole number", "Left out, it is 1.")
    problems.say("mongodb_url", "is missing.")
    problems.unknown("replicas.ddp_streamer", ["ddpStreamer", "presence"])
    assert problems_of(problems.raise_if_any) == [
        "replicaCount: got 0; allowed is a whole number. Left out, it is 1.",
        "mongodbUrl: is missing.",
        "replicas.ddp_streamer: no such key. Did you mean ddpStreamer?",
    ]


@pytest.mark.parametrize(
    ("spell", "key"), [(str, "replicas.ddp_streamer"), (camel, "replicas.ddpStreamer")]
)
def test_a_key_is_told_as_its_author_wrote_it(spell: type[str], key: str) -> None:
    assert Problems(spell).key("replicas.ddp_streamer") == key


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


def test_where_nothing_is_near_all_there_is_is_told() -> None:
    problems = Problems()
    problems.unknown("replicas.mongodb", ["presence", "nats"])
    assert gathered(problems) == ["replicas.mongodb: no such key. There are: nats, presence."]


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
    assert shown(value) == text


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
    text = shown(value)
    assert 0 < len(text) <= 60
    assert "\n" not in text


words = st.text(st.characters(codec="utf-8"), max_size=12)


@given(before=words, after=words, host=st.sampled_from(["db.example.com", "127.0.0.1:27017"]))
@pytest.mark.parametrize("scheme", ["mongodb://", "nats://", "https://", ""])
def test_no_part_of_a_password_in_a_url_is_shown(
    scheme: str, before: str, after: str, host: str
) -> None:
    text = shown(f"{scheme}user:{before}{CANARY}{after}@{host}", limit=1000)
    assert CANARY not in text
    assert CANARY not in shown({"host": [f"{scheme}user:{before}{CANARY}{after}@{host}"]}, 1000)


@pytest.mark.parametrize("url", ["mongodb://user:{}", "mongodb://user@{}", "nats://{}/x"])
def test_nothing_of_a_url_cut_short_is_shown(url: str) -> None:
    assert CANARY not in shown(url.format(CANARY))


def test_the_value_of_a_hidden_input_is_never_shown() -> None:
    problems = Problems(camel, hidden={"mongodbSecret", "smtp"})
    problems.add("mongodb_secret", CANARY, "a name")
    problems.add("smtp.host", CANARY, "a host")
    problems.add("host", "seen", "a host")
    assert gathered(problems) == [
        "mongodbSecret: got a secret, which isn't shown; allowed is a name.",
        "smtp.host: got a secret, which isn't shown; allowed is a host.",
        'host: got "seen"; allowed is a host.',
    ]
