from typing import Any

import pytest

from tests.support.rehearsal import SCHEDULER
from tools.rehearse.observe import Counts, Observation, Sample
from tools.rehearse.outcome import Outcome, Shortage, fullness
from tools.rehearse.snapshot import ClusterSnapshot, Node, Pod
from tools.report import ExitCode


def sample(seconds: float, ready: int, **fields: Any) -> Sample:  # noqa: ANN401 - fields
    services = {"ddp-streamer": Counts(desired=4, ready=ready)}
    return Sample(seconds, services, **{"served": 0, "disconnected": 0, "nodes": {}, **fields})


def outcome(*samples: Sample, changed: bool = True, **fields: Any) -> Outcome:  # noqa: ANN401 - fields
    observation = Observation(list(samples))
    return Outcome(
        **{
            "scenario": "the change",
            "changed": changed,
            "observation": observation,
            "shortages": (),
            "blocked": (),
            "nodes": {},
            "notes": (),
            **fields,
        }
    )


def test_a_shortage_names_the_reason_and_what_to_do() -> None:
    shortage = Shortage("ddp-streamer", 2, 12, SCHEDULER, fits=10)
    assert shortage.sentence == (
        "2 of 12 ddp-streamers stay Pending: 0/3 nodes are available: 3 Insufficient cpu. Add a"
        " node of this size, lower services.ddpStreamer.resources or set replicas.ddpStreamer to"
        " 10, which fit."
    )


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("0/3 nodes are available: 3 node(s) had untolerated taint(s).", "Add a node that takes"),
        (
            "pods is forbidden: exceeded quota: small",
            "Raise the quota or lower services.presence.resources.",
        ),
        ("pods is forbidden: violates PodSecurity", "Change what the message names."),
    ],
)
def test_the_remedy_fits_the_reason(reason: str, remedy: str) -> None:
    assert Shortage("presence", 1, 2, reason, fits=None).remedy.startswith(remedy)


def test_exit_codes_are_those_of_the_report() -> None:
    shortage = Shortage("presence", 1, 2, SCHEDULER, fits=1)
    assert outcome(sample(0, 4), shortages=(shortage,)).exit_code is ExitCode.RISKS
    assert outcome(sample(0, 4)).exit_code is ExitCode.CHANGES
    assert outcome(sample(0, 4), changed=False).exit_code is ExitCode.NO_CHANGES


def test_the_verdict_says_how_long_a_service_is_short_and_who_is_disconnected() -> None:
    played = outcome(sample(0, 4), sample(5, 3), sample(12, 4), sample(20, 4, disconnected=1500))
    assert played.verdict == (
        "Everything fits. Short of instances: ddp-streamer for 7 s, and 1,500 people are"
        " disconnected."
    )


def test_less_than_a_second_is_not_nothing() -> None:
    played = outcome(sample(0, 4), sample(5, 3), sample(5.4, 4))
    assert "Short of instances: ddp-streamer for <1 s, and" in played.verdict


def test_nodes_count_the_pods_of_others_and_the_workspace() -> None:
    node = Node("a", {}, [], accepts_pods=True, allocatable={"cpu": "4", "memory": "4Gi"})
    other = Pod("default", "other", "a", "", "", {}, {"cpu": "1"}, [], {})
    used = {"a": {"cpu": 2.0, "memory": 2.0**30}}
    observation = Observation([sample(0, 4), sample(1, 4, nodes=used), sample(2, 4)])
    full = fullness(ClusterSnapshot([node], [other], []), observation)["a"]
    assert (full["cpu"].before, full["cpu"].peak, full["cpu"].after) == (25, 75, 25)
    assert full["memory"].peak == 25
