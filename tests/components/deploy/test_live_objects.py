"""Reading what is on the cluster, without failing and without reading secrets."""

from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.deploy.live_objects import read_namespace, start_reading
from components.kube.api import UNREACHABLE, ApiError


class FakeApi:
    """An API whose answers are given by the last part of the path."""

    def __init__(self, answers: dict[str, Any], found: dict[str, Any] | None = None) -> None:
        self.answers = answers
        self.found = found or {}
        self.accepted: dict[str, str] = {}

    def find(self, path: str) -> dict[str, Any] | None:
        answer = self.found.get(path)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    def send(self, method: str, path: str, *, accept: str, seconds: float) -> dict[str, Any]:
        assert method == "GET"
        assert seconds > 0
        name = path.rsplit("/", 1)[-1]
        self.accepted[name] = accept
        answer = self.answers.get(name, {"items": []})
        if isinstance(answer, ApiError):
            raise answer
        return dict(answer)


def read(answers: dict[str, Any]) -> tuple[Any, FakeApi]:
    api: Any = FakeApi({"chat": ApiError(404, "none"), **answers})
    return read_namespace(api, "chat"), api


def test_objects_get_their_kind_and_of_secrets_only_metadata_is_asked_for() -> None:
    live, api = read({"deployments": {"items": [{"metadata": {"name": "a"}}]}})
    expected = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
    assert live.objects == [expected]
    assert live.unreadable == ""
    assert live.gateway is None
    assert {name for name, media in api.accepted.items() if "PartialObject" in media} == {"secrets"}


def test_what_is_not_there_is_no_error_and_what_is_forbidden_is_named() -> None:
    forbidden = ApiError(403, "forbidden by the administrator")
    live, _ = read({"scaledobjects": ApiError(404, "no such page"), "ingresses": forbidden})
    assert live.objects == []
    assert live.unreadable == "Ingress (forbidden by the administrator)"


def test_a_cluster_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ApiError):
        read({"deployments": ApiError(UNREACHABLE, "timed out")})


@pytest.mark.parametrize(
    ("answers", "served"),
    [
        ({}, set()),
        (
            {
                "/apis/a.io": {"versions": [{"groupVersion": "a.io/v1"}]},
                "/apis/a.io/v1": {"resources": [{"name": "pods/users"}]},
            },
            {"pods/users"},
        ),
        (
            {
                "/apis/a.io": {"versions": [{"groupVersion": "a.io/v1"}]},
                "/apis/a.io/v1": ApiError(503, "nobody answers"),
            },
            set(),
        ),
        ({"/apis/a.io": ApiError(403, "forbidden")}, None),
    ],
)
def test_what_an_api_group_serves_is_known_unless_it_may_not_be_read(
    answers: dict[str, Any], served: set[str] | None
) -> None:
    api: Any = FakeApi({"chat": ApiError(404, "none")}, answers)
    live = read_namespace(api, "chat", groups=["a.io"])
    assert live.served == ({} if served is None else {"a.io": served})


class Component:
    """As much of a component as is asked for its provider."""

    def __init__(self, provider: object = None) -> None:
        self.provider = provider

    def get_provider(self, token: str) -> object:
        assert token.startswith("kubernetes:")
        return self.provider


@pytest.fixture
def config() -> Iterator[dict[str, str]]:
    values: dict[str, str] = {}
    yield values
    pulumi.runtime.set_all_config({})


def unreadable(config: dict[str, str], provider: object = None) -> str:
    pulumi.runtime.set_all_config(config)
    component: Any = Component(provider)
    return start_reading("chat", component)().unreadable


def test_a_cluster_that_the_program_cannot_know_is_not_read(config: dict[str, str]) -> None:
    assert "a provider of its own" in unreadable(config, provider=object())
    assert unreadable({"kubernetes:cluster": "x"}) == "kubernetes:cluster is set"


def test_a_kubeconfig_that_leads_nowhere_fails_nothing(config: dict[str, str]) -> None:
    config["kubernetes:kubeconfig"] = '{"kind": "Config"}'
    config["kubernetes:context"] = "nowhere"
    assert "no cluster for context nowhere" in unreadable(config)
