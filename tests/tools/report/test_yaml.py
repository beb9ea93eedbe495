"""Values as YAML, and the diff of two of them."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tools.report.yamldiff import diff, whole
from tools.report.yamltext import lines, scalar

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers().map(lambda n: n / 8) | text,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(text, inner, max_size=4)
        | st.lists(st.fixed_dictionaries({"name": text}, optional={"value": inner}), max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(text, values, max_size=5)


@given(text)
def test_a_text_is_read_back_as_it_was(value: str) -> None:
    assert yaml.safe_load(scalar(value)) == value


@given(objects)
def test_an_object_is_read_back_as_it_was(value: dict[str, Any]) -> None:
    written = "\n".join(f"{' ' * one.indent}{one.text}" for one in lines(value))
    assert yaml.safe_load(written) == value


@given(objects)
def test_no_line_is_more_than_one(value: dict[str, Any]) -> None:
    assert all(one.text.splitlines() in ([one.text], []) for one in lines(value))


@given(objects)
def test_nothing_differs_from_itself(value: dict[str, Any]) -> None:
    assert diff(value, value) == ""


@given(objects, objects)
def test_whatever_differs_shows(old: dict[str, Any], new: dict[str, Any]) -> None:
    signs = {line[0] for line in diff(old, new).splitlines()}
    assert bool(signs & {"-", "+"}) == (_typed(old) != _typed(new))
    assert signs <= {"-", "+", " ", "@"}


def _typed(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """`value`, with 1, 1.0 and true told apart."""
    if isinstance(value, dict):
        return {key: _typed(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_typed(held) for held in value]
    return (type(value), value)


def test_a_change_stands_under_its_path_with_a_little_around_it() -> None:
    old = {"spec": {"paused": False, "replicas": 2, "selector": {"app": "chat"}}}
    new = {"spec": {"paused": False, "replicas": 5, "selector": {"app": "chat"}}}
    assert diff(old, new).splitlines() == [
        "@@ spec.replicas @@",
        "  spec:",
        "    paused: false",
        "-   replicas: 2",
        "+   replicas: 5",
        "    selector:",
        "      app: chat",
    ]


def test_elements_of_a_list_are_told_apart_by_their_names() -> None:
    old = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    new = {"env": [{"name": "new", "value": "0"}, *old["env"][:1], {"name": "B", "value": "3"}]}
    assert diff(old, new).splitlines() == [
        "@@ env @@",
        "  env:",
        "+ - name: new",
        '+   value: "0"',
        "  - name: A",
        '    value: "1"',
        "  - name: B",
        '-   value: "2"',
        '+   value: "3"',
    ]


def test_lines_of_a_long_text_are_compared_one_by_one() -> None:
    old = {"data": {"nats.conf": "port: 4222\nhttp: 8222\ncluster: old\n"}}
    new = {"data": {"nats.conf": "port: 4222\nhttp: 8222\ncluster: new\n"}}
    assert diff(old, new).splitlines() == [
        '@@ data["nats.conf"] @@',
        "  port: 4222",
        "  http: 8222",
        "- cluster: old",
        "+ cluster: new",
    ]


def test_what_cannot_be_seen_is_written_out() -> None:
    assert whole({"a": "x\u202ey"}, "+") == '+ a: "x\\u202ey"'
