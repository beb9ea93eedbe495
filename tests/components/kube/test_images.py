"""Image references and their parts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from components.kube.images import DIGEST, TAG, ImageReference

SHA256 = f"sha256:{'0123456789abcdef' * 4}"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("nats", ImageReference("nats")),
        ("nats:2.12-alpine", ImageReference("nats", "2.12-alpine")),
        ("registry:5000/a/b", ImageReference("registry:5000/a/b")),
        ("registry:5000/a/b:8.6.1", ImageReference("registry:5000/a/b", "8.6.1")),
        (f"registry:5000/b@{SHA256}", ImageReference("registry:5000/b", "", SHA256)),
        (f"a/b:8.6.1@{SHA256}", ImageReference("a/b", "8.6.1", SHA256)),
    ],
)
def test_reference_is_split_and_put_together_again(text: str, reference: ImageReference) -> None:
    assert ImageReference.parse(text) == reference
    assert str(reference) == text


@given(
    repository=st.from_regex(r"([a-z]+(:[0-9]+)?/)?[a-z]+", fullmatch=True),
    tag=st.just("") | st.from_regex(re.compile(TAG, re.ASCII), fullmatch=True),
    digest=st.just("") | st.from_regex(DIGEST, fullmatch=True),
)
def test_parts_survive_the_round_trip(repository: str, tag: str, digest: str) -> None:
    reference = ImageReference(repository, tag, digest)
    assert ImageReference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (f"a/b:8.6.1@{SHA256}", Version(8, 6, 1)),
        ("a/b:v8.6.1", Version(8, 6, 1)),
        ("a/b:develop", None),
        ("registry:5000/b", None),
        (f"a/b@{SHA256}", None),
    ],
)
def test_version_is_the_tags(text: str, version: Version | None) -> None:
    assert ImageReference.parse(text).version == version
