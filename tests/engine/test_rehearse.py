from pathlib import Path
from typing import Any

import pytest

from components.kube.api import MERGE_PATCH, ApiError
from components.kube.paths import collection_path
from tests.support.agreement import foretell, foretell_scenario, happen
from tests.support.program import Program
from tools.rehearse.disruptions import NODES
from tools.rehearse.rehearsal import EACH
from tools.report import ExitCode

pytestmark = pytest.mark.engine


def streamers(number: int, cpu: str) -> dict[str, Any]:
    return {
        "replicas": {"ddpStreamer": number},
        "services": {"ddpStreamer": {"resources": {"requests": {"cpu": cpu}}}},
    }


def test_what_a_rehearsal_foretells_comes_true(program: Program, tmp_path: Path) -> None:
    """Two streamers fit on a node of 32 CPUs, and there are three nodes."""
    program.up(**streamers(2, "12"))
    outcome = foretell(program, tmp_path / "rehearsal", **streamers(9, "12"))
    (shortage,) = outcome.shortages
    assert (shortage.service, shortage.missing, shortage.desired) == ("ddp-streamer", 3, 9)
    assert shortage.fits == 6
    assert "3 Insufficient cpu" in shortage.reason
    assert outcome.exit_code is ExitCode.RISKS
    assert happen(program).stuck == {"ddp-streamer": 3}
    # Other tests need room on this cluster.
    program.up(replicas={"ddpStreamer": 1})


def test_a_change_that_fits_is_foretold_to_fit(program: Program, tmp_path: Path) -> None:
    program.up(replicas={"ddpStreamer": 2}, image={"tag": "8.6.1"})
    outcome = foretell(
        program, tmp_path / "rehearsal", replicas={"ddpStreamer": 3}, image={"tag": "8.6.2"}
    )
    assert outcome.exit_code is ExitCode.CHANGES
    assert "Everything fits." in outcome.verdict
    last = outcome.observation.last
    assert last.services["ddp-streamer"].ready == 3
    assert last.served == 1500
    # Both of the old instances go.
    assert last.disconnected >= 1000
    assert happen(program).stuck == {}


def test_a_budget_that_blocks_a_drain_is_foretold(program: Program, tmp_path: Path) -> None:
    program.up(replicas={"presence": 2}, resilience={"disruptionBudgets": False})
    labels = {"app.kubernetes.io/name": "chat-presence"}
    budget = {
        "metadata": {"name": "strict"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": labels}},
    }
    budgets = collection_path("policy/v1", "PodDisruptionBudget", program.namespace)
    pods = collection_path("v1", "Pod", program.namespace)
    with program.cluster.api() as api:
        api.send("POST", budgets, budget)
        workspace = api.items(pods)
    presences = [pod for pod in workspace if pod["metadata"]["labels"].items() >= labels.items()]
    outcomes = foretell_scenario(program, tmp_path / "rehearsal", drain=EACH)
    assert {outcome.scenario for outcome in outcomes} == {
        f"draining node {pod['spec']['nodeName']}" for pod in workspace
    }
    blocked = [outcome for outcome in outcomes if outcome.blocked]
    assert {outcome.scenario for outcome in blocked} == {
        f"draining node {pod['spec']['nodeName']}" for pod in presences
    }
    for outcome in blocked:
        (problem,) = outcome.blocked
        assert problem.sentence == (
            "A pod of presence can't be evicted: PodDisruptionBudget strict wants 2 healthy, and"
            " there are 2. Run one more, or let the PodDisruptionBudget do with one fewer."
        )
        assert outcome.exit_code is ExitCode.RISKS
    metadata = {"name": presences[0]["metadata"]["name"], "namespace": program.namespace}
    with program.cluster.api() as api, pytest.raises(ApiError, match="disruption budget"):
        api.send("POST", f"{pods}/{metadata['name']}/eviction", {"metadata": metadata})


def test_a_node_that_is_down_takes_its_room_and_a_pool_gives_it_back(
    program: Program, tmp_path: Path
) -> None:
    program.up(**streamers(2, "12"))
    with program.cluster.api() as api:
        for node in api.items(NODES):
            path = f"{NODES}/{node['metadata']['name']}"
            labels = {"metadata": {"labels": {"karpenter.sh/nodepool": "workers"}}}
            api.send("PATCH", path, labels, content_type=MERGE_PATCH)
    scenario: dict[str, Any] = {
        "node_down": "node-a",
        "settings": ["replicas.ddpStreamer=5"],
    }
    (crowded,) = foretell_scenario(program, tmp_path / "rehearsal", **scenario)
    assert crowded.scenario == "the change while node node-a is down"
    (shortage,) = crowded.shortages
    assert (shortage.missing, shortage.fits) == (1, 4)
    pools = ["workers=2"]
    (relieved,) = foretell_scenario(program, tmp_path / "rehearsal", **scenario, pools=pools)
    assert relieved.exit_code is ExitCode.CHANGES
    assert "Nodes were added for pods that found none, at once: workers-added-1." in relieved.notes
    assert relieved.nodes["workers-added-1"]["cpu"].after > 0


def test_a_lost_zone_disconnects_the_people_on_its_streamers(
    program: Program, tmp_path: Path
) -> None:
    program.up(replicas={"ddpStreamer": 3})
    (outcome,) = foretell_scenario(program, tmp_path / "rehearsal", lose_zone="zone-b")
    assert outcome.scenario == "losing zone zone-b"
    assert outcome.exit_code is ExitCode.CHANGES
    # There is one in each zone, and the pods of the lost one come up in the others.
    assert outcome.observation.last.disconnected == 500
    assert outcome.observation.last.services["ddp-streamer"].ready == 3
    assert "node-b" not in outcome.observation.last.nodes
