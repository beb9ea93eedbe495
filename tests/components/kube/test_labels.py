"""Keys and values of labels."""

import pytest

from components.kube.names import is_label_key, is_label_value


@pytest.mark.parametrize("key", ["a", "A.b_c-9", "example.com/a", "x" * 63, f"{'a' * 63}.b/c"])
def test_a_key_may_have_a_domain(key: str) -> None:
    assert is_label_key(key)


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a/b/c", "A.b/c", "a..b/c", "-a", "a-", "a b", "a\n", "ü", "x" * 64]
)
def test_anything_else_is_no_key(key: str) -> None:
    assert not is_label_key(key)


@pytest.mark.parametrize("value", ["", "a", "A.b_c-9", "x" * 63])
def test_a_value_may_be_empty(value: str) -> None:
    assert is_label_value(value)


@pytest.mark.parametrize("value", ["a/b", ".a", "a.", "a b", "a\n", "x" * 64, "{{ 1 }}"])
def test_anything_else_is_no_value(value: str) -> None:
    assert not is_label_value(value)
