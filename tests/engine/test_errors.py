"""What a person reads who made a mistake, as the real engine shows it."""

import pytest

from tests.support.program import Program

pytestmark = pytest.mark.engine


def test_every_problem_is_told_at_once_without_a_traceback(program: Program) -> None:
    said = program.fails(
        replicaCount=2, replicas={"presense": 0, "nats": 2}, hots="x", mode="micro"
    )
    for words in (
        "4 problems in the inputs; nothing was changed",
        "hots: no such key. Did you mean host?",
        "replicaCount: is given together with replicas.",
        "replicas.presense: no such key. Did you mean presence?",
        'mode: got "micro"; allowed is microservices or monolith.',
    ):
        assert words in said
    assert "Traceback" not in said


def test_a_secret_in_plain_text_is_refused_and_not_shown(program: Program) -> None:
    said = program.fails(mongodbUrl="mongodb://user:canary@db.example.com/rocketchat")
    assert "mongodbUrl: is a secret, and the config holds it in plain text" in said
    assert "canary" not in said


def test_a_chart_that_helm_cannot_render_is_told_in_helms_words(program: Program) -> None:
    said = program.fails(values={"extraEnv": {"not": "a list"}, "serviceAccount": "no map"})
    assert "The chart can't be rendered:" in said
    assert "Traceback" not in said
