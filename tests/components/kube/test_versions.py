"""Versions in image tags, chart versions and appVersion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from components.kube.versions import parse_version


@pytest.mark.parametrize(
    "text",
    [
        "8.6.1",
        "v8.6.1",
        "8.6.1-rc.1",
        "8.6.1-debian",
        "8.6.1+build",
        "8.6.1_custom",
        f"8.6.1@sha256:{'0' * 64}",
    ],
)
def test_full_version_is_read_with_or_without_prefix_and_suffix(text: str) -> None:
    assert parse_version(text) == Version(8, 6, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8",
        "8.6",
        "8.6.1.2",
        "8.6.1.",
        "v",
        "vv8.6.1",
        "x8.6.1",
        "08.6.1",
        "\u0668.6.1",
        "develop",
        pytest.param(f"{'9' * 5000}.0.0", id="thousands of digits"),
    ],
)
def test_anything_else_is_no_version(text: str) -> None:
    assert parse_version(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_version_or_none(text: str) -> None:
    found = parse_version(text)
    assert found is None or str(found) in text


def test_versions_compare_by_number() -> None:
    older, newer = map(parse_version, ("8.9.9", "8.10.0"))
    assert older is not None
    assert newer is not None
    assert older < newer
