"""Helm values of any shape: never a traceback, and never a secret in plain text."""

from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.chart.known_values import KnownKeys, known_keys
from tests.support.field_values import BASE, PASSWORD
from tools.adopt import source
from tools.adopt.helm_to_inputs import translate
from tools.adopt.preparation import default_values
from tools.adopt.secret_values import find_secrets
from tools.adopt.source import from_values
from tools.adopt.translation import Translation
from tools.adopt.values_file import read_values
from tools.errors import ToolError
from tools.simulation.simulation import SIMULATION_CHART

KNOWN = known_keys(SIMULATION_CHART)
_ODD = (
    *(None, True, False, -1, 2.5, 10**30, "", "3", "false", "a b", "\n", "\x85", "${X}", "<X>"),
    *("{{ .Values.host }}", "{{", "*.x", "http://[::1", "host:99999", "2024-01-31", "smtp://h:x"),
)
_VARIABLES = ("A", "ROOT_URL", "MONGO_URL", "MAIL_URL", "TRANSPORTER", "DEPLOY_PLATFORM", "a=b", "")
_KEYS = ("name", "key", "value", "enabled", "host", "hosts", "users", "secretName", "valueFrom")
SECRETS = {
    "password": PASSWORD,
    "DB_PASSWORD": PASSWORD,
    "clientSecret": PASSWORD,
    "apiKey": PASSWORD,
    "authToken": PASSWORD,
    "example.com/access-key": PASSWORD,
    "address": f"https://me:{PASSWORD}@example.com/path",
    "connection": f"Server=db;Password={PASSWORD};",
    "link": f"https://example.com/hook?token={PASSWORD}",
    "certificate": f"-----BEGIN PRIVATE KEY-----\n{PASSWORD}",
    "block": f"user: me\npassword: {PASSWORD}\n",
    "script": f"export API_TOKEN={PASSWORD}\nrun\n",
    "command": f"tool --password={PASSWORD}",
}
"""Secrets by the names that they stand under, and by how they look."""


def paths(known: KnownKeys, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [
        path
        for key, below in known.items()
        for path in ((*above, key), *paths(below, (*above, key)))
    ]


anywhere = st.sampled_from([path for path in paths(KNOWN) if path[0] != "mongodb"])
variables = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(_VARIABLES)},
        optional={
            "value": st.sampled_from(_ODD),
            "valueFrom": st.sampled_from(
                ({"secretKeyRef": {"name": "s", "key": "k"}}, {"secretKeyRef": None}, 5, {})
            ),
        },
    ),
    max_size=4,
)
anything = st.recursive(
    st.sampled_from(_ODD) | variables,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from((*_KEYS, *_VARIABLES)), inner, max_size=3)
    ),
    max_leaves=6,
)


def nest(path: tuple[str, ...], value: object, values: dict[str, Any]) -> dict[str, Any]:
    node = values
    for key in path[:-1]:
        if not isinstance(node.get(key), dict):
            node[key] = {}
        node = node[key]
    node[path[-1]] = value
    return values


@cache
def _defaults(chart: Path) -> dict[str, Any]:
    return default_values(chart)


def result_of(values: dict[str, Any], folder: Path) -> tuple[Translation | None, str]:
    """What becomes of values: a translation, or the sentence that refuses them."""
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    translation = Translation()
    # Which variables the chart sets is another test's, and needs Helm.
    with patch.object(source, "render_chart", lambda *_, **__: []):
        try:
            read = read_values(file).values
            made = from_values(
                read, SIMULATION_CHART, translation, release="chat", namespace="chat", as_is=False
            )
            return translate(made, translation), ""
        except (ToolError, pulumi.RunError) as error:
            return None, str(error)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("values")


@pytest.fixture(scope="module", autouse=True)
def _read_the_chart_once() -> Any:  # noqa: ANN401 - a generator
    with patch.object(source, "default_values", _defaults):
        yield


@given(st.lists(st.tuples(anywhere | st.just(("extraEnv",)), anything), min_size=1, max_size=3))
def test_any_values_are_translated_or_refused_in_words(
    folder: Path, given: list[tuple[tuple[str, ...], object]]
) -> None:
    values: dict[str, Any] = dict(BASE)
    for path, value in given:
        nest(path, value, values)
    translation, refusal = result_of(values, folder)
    assert translation is not None or refusal


def shapes(name: str, text: str) -> st.SearchStrategy[Any]:
    """A secret as a field, in a list, as a variable, and deeper."""
    entry = {name: text}
    return st.sampled_from(
        (entry, [entry], {"list": [entry]}, {"below": entry}, [{"name": name, "value": text}])
    )


@given(
    anywhere | st.sampled_from((("extraEnv",), ("podAnnotations",), ("unread",), ("mongodb",))),
    st.sampled_from(sorted(SECRETS)).flatmap(lambda name: shapes(name, SECRETS[name])),
)
def test_no_secret_is_ever_in_plain_text(
    folder: Path, path: tuple[str, ...], secret: object
) -> None:
    translation, refusal = result_of(nest(path, secret, dict(BASE)), folder)
    assert PASSWORD not in refusal
    if translation is not None:
        written = (translation.config, translation.notes, translation.ignored)
        assert PASSWORD not in str(written)
        assert PASSWORD not in str(list(translation.secrets))


@pytest.mark.parametrize(
    "value",
    [
        {"secretName": "chat-tls"},
        {"existingSecret": "chat-smtp"},
        {"secretKeyRef": {"name": "chat", "key": "password"}},
        {"nginx.ingress.kubernetes.io/auth-secret": "chat/basic-auth"},
        {
            "env": [
                {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
            ]
        },
        {"env": [{"name": "URL", "value": "mongodb://me:$(PASSWORD)@db"}]},
        {"command": ["sh", "-c", "export TOKEN=$(cat /run/token)"]},
        {"password_policy_enabled": "true", "token-path": "/run/token"},
    ],
)
def test_what_only_names_a_secret_is_none(value: dict[str, Any]) -> None:
    assert list(find_secrets(value)) == []
