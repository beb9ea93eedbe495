"""Errors in the inputs, as the real engine shows them."""

import pytest

from tests.support.program import Program

pytestmark = pytest.mark.engine


def test_every_problem_is_reported_at_once_without_a_traceback(program: Program) -> None:
    output = program.fails(
        replicaCount=2, replicas={"presense": 0, "nats": 2}, hots="x", mode="micro"
    )
    for message in (
        "4 problems in the inputs; nothing was changed",
        "hots: no such key. Did you mean host?",
        "replicaCount: is given together with replicas.",
        "replicas.presense: no such key. Did you mean presence?",
        'mode: got "micro"; allowed is microservices or monolith.',
    ):
        assert message in output
    assert "Traceback" not in output


def test_a_plain_secret_is_refused_and_not_shown(program: Program) -> None:
    output = program.fails(mongodbUrl="mongodb://user:canary@db.example.com/rocketchat")
    assert "mongodbUrl: is a secret, and the config holds it in plain text" in output
    assert "canary" not in output


def test_a_chart_that_helm_cannot_render_is_an_error_with_helms_message(program: Program) -> None:
    output = program.fails(values={"extraEnv": {"not": "a list"}, "serviceAccount": "no map"})
    assert "The chart can't be rendered:" in output
    assert "Traceback" not in output
