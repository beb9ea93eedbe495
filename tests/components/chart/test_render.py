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
    objects: list[KubernetesObject] = []

    def program() -> None:
        options = pulumi.InvokeOptions()
        objects.extend(
            render(
                Path("/charts/chat.tgz"),
                release="talk",
                namespace="elsewhere",
                values=VALUES,
                options=options,
            ),
        )

    engine.run(program)
    return objects


def _provider_renders(engine: Engine, *objects: Any) -> None:  # noqa: ANN401 - wrong objects too
    engine.provider.render = lambda _: list(objects)


def _object(name: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    return {"kind": "Thing", "metadata": {"name": name}, **fields}


def test_the_provider_gets_the_chart_and_the_values(engine: Engine) -> None:
    _provider_renders(engine)
    assert _render(engine) == []
    assert engine.request == {
        "path": "/charts/chat.tgz",
        "release_name": "talk",
        "namespace": "elsewhere",
        "values": VALUES,
    }


def test_integers_are_restored_and_nulls_removed(engine: Engine) -> None:
    spec = {"replicas": 3, "ratio": 0.5, "selector": None, "array": [1, None]}
    _provider_renders(engine, _object("a", spec=spec))
    (obj,) = _render(engine)
    assert repr(dict(sorted(obj["spec"].items()))) == (
        "{'array': [1, None], 'ratio': 0.5, 'replicas': 3}"
    )


def test_an_object_without_a_namespace_gets_that_of_the_workspace(engine: Engine) -> None:
    other = {"kind": "Thing", "metadata": {"name": "b", "namespace": "own"}}
    _provider_renders(engine, _object("a"), other)
    namespaces = {obj["metadata"]["name"]: obj["metadata"]["namespace"] for obj in _render(engine)}
    assert namespaces == {"a": "elsewhere", "b": "own"}


def test_only_hooks_are_left_out(engine: Engine) -> None:
    objects = kept_objects("per-service")
    assert any("helm.sh/hook" in obj["metadata"].get("annotations", {}) for obj in objects)
    _provider_renders(engine, *objects)
    rendered = sorted(map(kind_and_name, _render(engine)))
    assert rendered == sorted(kind_and_name(obj) for obj in objects if obj["kind"] != "Pod")


def test_the_error_contains_helms_own_message(engine: Engine) -> None:
    def refuse(_: object) -> list[Object]:
        raise LookupError("execution error at (rocketchat/templates/x.yaml:1): set a host")

    engine.provider.render = refuse
    message = refusal(lambda: _render(engine))
    assert message.startswith("chart: The chart can't be rendered: ")
    assert "execution error at (rocketchat/templates/x.yaml:1): set a host" in message


@pytest.mark.parametrize("response", [{}, {"other": []}])
def test_a_provider_that_is_not_configured_is_an_error(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, response: dict[str, Any]
) -> None:
    monkeypatch.setattr(type(engine.provider), "call", lambda *_: (response, []))
    assert refusal(lambda: _render(engine)) == (
        "The chart can't be rendered: the Kubernetes provider isn't configured yet. Its cluster has"
        " to exist before this program runs."
    )
