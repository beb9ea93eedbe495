"""Label keys and label values."""

import pytest

from components.kube.names import is_label_key, is_label_value


@pytest.mark.parametrize("key", ["a", "A.b_c-9", "example.com/a", "x" * 63, f"{'a' * 63}.b/c"])
def test_label_key_is_a_name_with_or_without_domain(key: str) -> None:
    assert is_label_key(key)


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a/b/c", "A.b/c", "a..b/c", "-a", "a-", "a b", "a\n", "ü", "x" * 64]
)
def test_anything_else_is_no_label_key(key: str) -> None:
    assert not is_label_key(key)


@pytest.mark.parametrize("value", ["", "a", "A.b_c-9", "x" * 63])
def test_label_value_is_a_name_or_empty(value: str) -> None:
    assert is_label_value(value)


@pytest.mark.parametrize("value", ["a/b", ".a", "a.", "a b", "a\n", "x" * 64, "{{ 1 }}"])
def test_anything_else_is_no_label_value(value: str) -> None:
    assert not is_label_value(value)
