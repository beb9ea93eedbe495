"""queue-worker and omnichannel-transcript that somebody runs by manifests beside a release."""

from typing import Any

import pytest

from components.manifests.added_services import selector_of
from components.services import OMNICHANNEL_TRANSCRIPT, QUEUE_WORKER, Service
from tests.support.helm_translation import translated

BOTH = (QUEUE_WORKER, OMNICHANNEL_TRANSCRIPT)


def workload(service: Service, *, replicas: int = 1, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """A Deployment as the program's own would be, but for what is changed."""
    containers = [{"name": changed.get("container", service.container)}]
    labels = changed.get("labels", selector_of(service, "chat"))
    return {
        "kind": changed.get("kind", "Deployment"),
        "metadata": {"name": changed.get("name", f"chat-{service.kebab_name}")},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"spec": {"containers": containers}},
        },
    }


def test_those_that_fit_become_inputs() -> None:
    by_hand = [(QUEUE_WORKER, workload(QUEUE_WORKER, replicas=3))]
    by_hand.append((OMNICHANNEL_TRANSCRIPT, workload(OMNICHANNEL_TRANSCRIPT)))
    translation = translated({}, objects=[], by_hand=by_hand)
    assert translation.config["replicas"] == {"queueWorker": 3}
    assert "omnichannelServices" not in translation.config
    told = [note for note in translation.notes if "is taken over, and its pods restart" in note]
    assert len(told) == len(BOTH)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "queue-worker"},
        {"labels": {"app": "queue-worker"}},
        {"container": "worker"},
        {"kind": "StatefulSet"},
    ],
)
def test_those_that_do_not_fit_stay_and_the_program_runs_none(changed: dict[str, Any]) -> None:
    foreign = workload(QUEUE_WORKER, replicas=3, **changed)
    by_hand = [(QUEUE_WORKER, foreign)]
    by_hand.append((OMNICHANNEL_TRANSCRIPT, workload(OMNICHANNEL_TRANSCRIPT)))
    translation = translated({}, objects=[], by_hand=by_hand)
    assert translation.config["omnichannelServices"] is False
    assert "replicas" not in translation.config
    (note,) = [note for note in translation.notes if "stays as it is" in note]
    kind, name = foreign["kind"], foreign["metadata"]["name"]
    assert note.startswith(f"{kind}/{name} runs queue-worker")
    assert f"kubectl delete {kind.lower()} {name} --namespace talk" in note


def test_where_none_run_they_are_added_and_the_user_is_told() -> None:
    translation = translated({}, objects=[])
    assert "omnichannelServices" not in translation.config
    (note,) = [note for note in translation.notes if "transcripts" in note]
    assert note.startswith("queue-worker and omnichannel-transcript: added")


def test_a_takeover_as_it_is_adds_and_takes_none() -> None:
    fits = (QUEUE_WORKER, workload(QUEUE_WORKER))
    for by_hand in ([], [fits]):
        translation = translated({}, objects=[], by_hand=by_hand, as_is=True)
        assert translation.config["omnichannelServices"] is False
        assert any("omnichannelServices" in note for note in translation.notes)


@pytest.mark.parametrize("values", [{"microservices": {"enabled": False}, "replicaCount": 2}])
def test_a_monolith_has_no_use_for_them(values: dict[str, Any]) -> None:
    translation = translated(values, objects=[])
    assert "omnichannelServices" not in translation.config
    assert not any("transcript" in note for note in translation.notes)
