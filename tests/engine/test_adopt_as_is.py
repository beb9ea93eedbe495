"""`--as-is`: whatever Helm had installed, the same pods run, and all is Pulumi's."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from tests.support.helm import Workspace
from tests.support.helm_values import CANARY, CASES, FACTS
from tests.support.program import Program
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

SHARED = Path(
    os.environ.get("ROCKETCHAT_CHART_FACTS", Path(__file__).parents[3] / "shared/chart-facts"),
)
LEFT = {"monolith-alone": {"helm"}}
"""The chart runs a NATS there that no monolith uses; it stays behind."""
ADDED = {"nats-off-without-secret": "chat-nats-"}
"""How the names of pods begin that come: without them the services have no bus."""


@pytest.fixture
def workspace(program: Program) -> Workspace:
    return Workspace(program)


@pytest.fixture(scope="module", autouse=True)
def _nodes_of_the_pool(cluster: Cluster) -> None:
    """Some of the cases run on nodes with a label."""
    with cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        for node in core.list_node().items:
            core.patch_node(node.metadata.name, {"metadata": {"labels": {"pool": "chat"}}})


@pytest.mark.parametrize("case", CASES)
def test_as_is_the_same_pods_run_and_all_is_pulumis(
    workspace: Workspace,
    case: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    workspace.install(CASES[case])
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    said = capfd.readouterr().out
    assert "restart:" not in said
    assert CANARY not in said
    assert workspace.pods_but(ADDED.get(case)) == before
    assert workspace.managers() == {"pulumi"} | LEFT.get(case, set())
    assert "patchForce" not in workspace.annotations()
    assert "chat" not in workspace.helm("list", "--short")
    assert set(workspace.up()) == {"same"}
    assert workspace.pods_but(ADDED.get(case)) == before
    assert workspace.files_with(CANARY) == []


def test_what_pods_kept_is_given_up_when_a_restart_suits(workspace: Workspace) -> None:
    workspace.install(CASES["secrets-in-plain-sight"])
    assert workspace.adopt("--as-is") == 0
    assert workspace.program.environment_of("chat-rocketchat")["ROCKETCHAT_LICENSE"]
    assert set(workspace.config()["podTemplateOverrides"]) == {"secure"}
    changes = workspace.up(podTemplateOverrides={})
    assert changes.pop("update") == 1
    assert set(changes) == {"same"}
    workspace.settle()
    assert "ROCKETCHAT_LICENSE" not in workspace.program.environment_of("chat-rocketchat")
    assert workspace.hand_back() == 0
    assert workspace.helm("list", "--short").split() == ["chat"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the facts about the chart aren't here")
def test_the_cases_are_those_of_the_facts_about_the_chart() -> None:
    files = (SHARED / "7.0.2").glob("*.values.yaml")
    found = {file.name.removesuffix(".values.yaml"): file.read_text() for file in files}
    assert found.keys() == FACTS.keys()
    for name, text in found.items():
        ours = yaml.safe_dump(FACTS[name]).replace(CANARY, "CANARY")
        assert yaml.safe_load(ours) == yaml.safe_load(text)
