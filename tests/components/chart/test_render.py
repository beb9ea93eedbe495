"""The chart's objects, as the provider's Helm renders them."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.chart.render import render
from components.kube.objects import KubernetesObject, kind_and_name
from tests.support.components import Object, kept_objects, refusal
from tests.support.mock_engine import Engine

VALUES = {"host": "chat.example.com", "replicaCount": 3, "nats": {"enabled": True}}


def _render(engine: Engine) -> list[KubernetesObject]:
    found: list[KubernetesObject] = []

    def program() -> None:
        options = pulumi.InvokeOptions()
        found.extend(
            render(
                Path("/charts/chat.tgz"),
                release="talk",
                namespace="elsewhere",
                values=VALUES,
                options=options,
            ),
        )

    engine.run(program)
    return found


def _rendering(engine: Engine, *objects: Any) -> None:  # noqa: ANN401 - wrong objects too
    engine.provider.render = lambda _: list(objects)


def _object(name: str, **more: Any) -> Object:  # noqa: ANN401 - JSON
    return {"kind": "Thing", "metadata": {"name": name}, **more}


def test_the_provider_is_given_the_chart_and_the_values(engine: Engine) -> None:
    _rendering(engine)
    assert _render(engine) == []
    assert engine.request == {
        "path": "/charts/chat.tgz",
        "release_name": "talk",
        "namespace": "elsewhere",
        "values": VALUES,
    }


def test_numbers_are_whole_again_and_nulls_are_gone(engine: Engine) -> None:
    spec = {"replicas": 3, "ratio": 0.5, "selector": None, "list": [1, None]}
    _rendering(engine, _object("a", spec=spec))
    (found,) = _render(engine)
    assert repr(dict(sorted(found["spec"].items()))) == (
        "{'list': [1, None], 'ratio': 0.5, 'replicas': 3}"
    )


def test_an_object_without_a_namespace_gets_the_workspaces(engine: Engine) -> None:
    other = {"kind": "Thing", "metadata": {"name": "b", "namespace": "own"}}
    _rendering(engine, _object("a"), other)
    found = {one["metadata"]["name"]: one["metadata"]["namespace"] for one in _render(engine)}
    assert found == {"a": "elsewhere", "b": "own"}


def test_hooks_are_left_out_and_nothing_else_is(engine: Engine) -> None:
    objects = kept_objects("per-service")
    assert any("helm.sh/hook" in one["metadata"].get("annotations", {}) for one in objects)
    _rendering(engine, *objects)
    found = sorted(map(kind_and_name, _render(engine)))
    assert found == sorted(kind_and_name(one) for one in objects if one["kind"] != "Pod")


def test_helms_own_words_are_told(engine: Engine) -> None:
    def refuse(_: object) -> list[Object]:
        raise LookupError("execution error at (rocketchat/templates/x.yaml:1): set a host")

    engine.provider.render = refuse
    message = refusal(lambda: _render(engine))
    assert message.startswith("chart: The chart can't be rendered: ")
    assert "execution error at (rocketchat/templates/x.yaml:1): set a host" in message


@pytest.mark.parametrize("answer", [{}, {"other": []}])
def test_a_provider_that_is_not_configured_is_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(type(engine.provider), "call", lambda *_: (answer, []))
    assert refusal(lambda: _render(engine)) == (
        "The chart can't be rendered: the Kubernetes provider isn't configured yet. Its cluster has"
        " to exist before this program runs."
    )
