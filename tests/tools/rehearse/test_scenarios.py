"""What can be asked for beside a change, and what is wrong with it."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.rehearse.pools import parse_pools
from tools.rehearse.rehearsal import EACH, Change, places_of
from tools.rehearse.snapshot import ClusterSnapshot, Node, WorkspacePod


def node(name: str, zone: str, pool: str) -> Node:
    labels = {"topology.kubernetes.io/zone": zone, "karpenter.sh/nodepool": pool}
    return Node(name, labels, [], accepts_pods=True, allocatable={"cpu": "4"})


SNAPSHOT = ClusterSnapshot(
    nodes=[node("a", "zone-a", "small"), node("b", "zone-b", "small"), node("c", "zone-b", "big")],
    pods=[],
    workspace=[WorkspacePod("chat-presence", "b", 2)],
)
CHANGE = Change(Path(), "prod", "main")


def test_each_is_each_that_the_workspace_runs_on() -> None:
    assert places_of(replace(CHANGE, drain=EACH), SNAPSHOT) == {"b": ["b"]}
    assert places_of(replace(CHANGE, lose_zone=EACH), SNAPSHOT) == {"zone-b": ["b", "c"]}
    assert places_of(replace(CHANGE, lose_zone="zone-a"), SNAPSHOT) == {"zone-a": ["a"]}
    assert places_of(CHANGE, SNAPSHOT) == {}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (replace(CHANGE, drain="d"), "--drain d: there is no such node. There are: a, b, c."),
        (
            replace(CHANGE, lose_zone="b"),
            "--lose-zone b: there is no such zone. There are: zone-a, zone-b.",
        ),
        (replace(CHANGE, node_down=""), "--node-down : there is no such node"),
    ],
)
def test_an_unknown_place_is_refused_with_those_that_are_there(change: Change, error: str) -> None:
    with pytest.raises(ToolError) as caught:
        places_of(change, SNAPSHOT)
    assert str(caught.value).startswith(error)


def test_a_workspace_that_does_not_run_has_nothing_to_lose() -> None:
    with pytest.raises(ToolError, match="the workspace doesn't run on this cluster"):
        places_of(replace(CHANGE, drain=EACH), replace(SNAPSHOT, workspace=[]))


def test_pools_are_known_by_the_labels_of_their_nodes() -> None:
    assert parse_pools(["small=3", "big=0"], SNAPSHOT) == {"small": 3, "big": 0}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("huge=1", "no node is of a pool huge. The nodes' labels name: big, small."),
        ("small", "give a pool and how many nodes may be added"),
        ("small=-1", "give a pool and how many nodes may be added"),
    ],
)
def test_a_pool_that_can_not_grow_is_refused(text: str, error: str) -> None:
    with pytest.raises(ToolError) as caught:
        parse_pools([text], SNAPSHOT)
    assert error in str(caught.value)
