"""Names, as Kubernetes, Helm and DNS take them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.inputs.checks import MAX_RELEASE_NAME
from components.inputs.resolve import resolve
from components.kube.names import is_dns_name, is_host, is_plain_yaml_string
from tests.support.components import inputs, problems_of

LONG = "a" * 63

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@given(parts=st.lists(labels, min_size=1, max_size=5), top=st.sampled_from(["com", "org", "x1"]))
def test_every_dns_name_is_a_host(parts: list[str], top: str) -> None:
    assert is_host(".".join([*parts, top]))


@given(st.text(max_size=20))
def test_a_host_is_never_anything_else(text: str) -> None:
    if is_host(text):
        assert re.fullmatch(r"[a-z0-9.-]+", text, re.ASCII)
        assert not re.search(r"(^|\.)(-|\.|$)|-(\.|$)", text)
        assert not text.rpartition(".")[2].isdigit()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("localhost", True),
        ("chat.example.com.", False),
        (".chat.example.com", False),
        ("chat..example.com", False),
        ("*.example.com", False),
        ("Chat.example.com", False),
        ("größe.example.com", False),
        ("xn--gre-6ka8i.example.com", True),
        ("chat.example.com\n", False),
        ("", False),
        ("127.0.0.1", False),
        ("::1", False),
        (f"{LONG}.example.com", True),
        (f"{LONG}a.example.com", False),
        (".".join(["a" * 49] * 5), True),
        (".".join(["a" * 49] * 6), False),
    ],
)
def test_a_host_is_a_dns_name_in_lower_case(text: str, host: bool) -> None:  # noqa: FBT001
    assert is_host(text) is host


@given(st.from_regex(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True))
def test_names_made_of_an_allowed_release_fit_kubernetes(release: str) -> None:
    if "nats" in release or "mongodb" in release or not is_plain_yaml_string(release):
        assert problems_of(lambda: resolve(inputs(release_name=release)))
        return
    assert len(release) <= MAX_RELEASE_NAME
    assert resolve(inputs(release_name=release)).release == release
    assert is_dns_name(f"{release}-rocketchat-monolith-ms-metrics")


@pytest.mark.parametrize("namespace", ["default", "kube-system"])
def test_a_namespace_of_the_clusters_own_is_never_made(namespace: str) -> None:
    (problem,) = problems_of(lambda: resolve(inputs(namespace=namespace)))
    assert problem.startswith(f'namespace: got "{namespace}"; allowed is one that the program may')
    kept = resolve(inputs(namespace=namespace, create_namespace=False))
    assert kept.namespace == namespace


@pytest.mark.parametrize(
    "name",
    ["y", "n", "on", "off", "true", "null", "123", "1e3", "1e-3", "0x1f", "0o17", "017", "1.5"],
)
@pytest.mark.parametrize("key", ["namespace", "mongodb_secret", "release_name"])
def test_a_name_that_charts_would_write_as_something_else_is_refused(key: str, name: str) -> None:
    given = {**inputs(), key: name}
    (problem,) = problems_of(lambda: resolve(given))
    assert problem.startswith(f'{key}: got "{name}"; allowed is ')


@pytest.mark.parametrize("name", ["yes1", "nn", "1a", "e3", "0xg", "a.1", "1-2", "nullable"])
def test_a_name_that_only_looks_like_something_else_is_fine(name: str) -> None:
    assert resolve(inputs(mongodb_secret=name)).mongodb.name == name
