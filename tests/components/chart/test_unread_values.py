"""Tests that Helm values without an effect are found by rendering the chart without them."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.chart.unread_values import unread_values

KNOWN: Any = {"pods": {"presence": {"labels": {}}}, "labels": {}}
FIELDS = {"labels", "size", "colour"}


def render(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A chart that reads a size for every service but presence, and the colour only with one."""
    pods = values.get("pods", {})
    sizes = {name: pod["size"] for name, pod in pods.items() if "size" in pod}
    sizes.pop("presence", None)
    return [{"sizes": sizes, "colour": values.get("colour") if sizes else None}]


@pytest.mark.parametrize(
    ("values", "unread"),
    [
        pytest.param({"pods": {"presence": {"size": 3}}}, [("pods", "presence", "size")], id="all"),
        pytest.param({"pods": {"size": 3}, "colour": 1}, [("pods", "size"), ("colour",)], id="two"),
        pytest.param({"pods": {"presence": {"labels": {"a": "b"}}}}, [], id="a known key"),
        pytest.param({"pods": {"presence": {"other": 1}}}, [], id="a name that nothing reads"),
    ],
)
def test_a_key_without_which_the_chart_renders_the_same_is_unread(
    values: dict[str, Any], unread: list[tuple[str, ...]]
) -> None:
    def read(rest: Mapping[str, Any]) -> list[dict[str, Any]]:
        pods = {key: pod for key, pod in rest.get("pods", {}).items() if isinstance(pod, dict)}
        return render({**rest, "pods": pods})

    assert unread_values(values, KNOWN, FIELDS, read) == unread


def test_of_several_keys_those_that_the_chart_reads_are_left_out() -> None:
    known: Any = {"pods": {"presence": {"labels": {}}, "account": {"labels": {}}}}
    values = {"pods": {"presence": {"size": 3}, "account": {"size": 2}}, "colour": "red"}
    assert unread_values(values, known, FIELDS, render) == [("pods", "presence", "size")]


def test_a_key_without_which_the_chart_cant_be_rendered_is_read() -> None:
    def needs_size(values: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "size" not in values:
            raise pulumi.RunError("size is required")
        return []

    assert unread_values({"size": 1, "colour": 1}, {}, FIELDS, needs_size) == [("colour",)]


def test_nothing_is_rendered_where_every_key_is_known() -> None:
    def never(_: Mapping[str, Any]) -> list[dict[str, Any]]:
        raise AssertionError

    assert unread_values({"labels": {"a": 1}, "other": 1}, KNOWN, FIELDS, never) == []
