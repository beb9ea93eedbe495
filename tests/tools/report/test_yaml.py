"""Values as YAML, and diffs of them."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tools.report.yamldiff import diff, whole
from tools.report.yamltext import scalar, value_lines

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
def test_a_string_written_as_yaml_reads_the_same(value: str) -> None:
    assert yaml.safe_load(scalar(value)) == value


@given(objects)
def test_an_object_written_as_yaml_reads_the_same(value: dict[str, Any]) -> None:
    text = "\n".join(f"{' ' * line.indent}{line.text}" for line in value_lines(value))
    assert yaml.safe_load(text) == value


@given(objects)
def test_a_line_contains_no_line_break(value: dict[str, Any]) -> None:
    assert all(line.text.splitlines() in ([line.text], []) for line in value_lines(value))


@given(objects)
def test_equal_objects_have_no_diff(value: dict[str, Any]) -> None:
    assert diff(value, value) == ""


@given(objects, objects)
def test_a_diff_is_empty_only_for_equal_objects(old: dict[str, Any], new: dict[str, Any]) -> None:
    signs = {line[0] for line in diff(old, new).splitlines()}
    assert bool(signs & {"-", "+"}) == (with_types(old) != with_types(new))
    assert signs <= {"-", "+", " ", "@"}


def with_types(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` with the type of each scalar, since Python takes 1, 1.0 and True for equal."""
    if isinstance(value, dict):
        return {key: with_types(field) for key, field in value.items()}
    if isinstance(value, list):
        return [with_types(item) for item in value]
    return (type(value), value)


def test_a_change_is_shown_with_its_path_and_context() -> None:
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


def test_items_of_an_array_are_matched_by_name() -> None:
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


def test_multi_line_strings_are_compared_line_by_line() -> None:
    old = {"data": {"nats.conf": "port: 4222\nhttp: 8222\ncluster: old\n"}}
    new = {"data": {"nats.conf": "port: 4222\nhttp: 8222\ncluster: new\n"}}
    assert diff(old, new).splitlines() == [
        '@@ data["nats.conf"] @@',
        "  port: 4222",
        "  http: 8222",
        "- cluster: old",
        "+ cluster: new",
    ]


def test_unprintable_characters_are_escaped() -> None:
    assert whole({"a": "x\u202ey"}, "+") == '+ a: "x\\u202ey"'
