"""`--as-is`: whatever Helm has installed, the same pods run on, and Pulumi manages all of it."""

from typing import Any

import pytest
import yaml
from kubernetes import client

from tests.support.helm import HelmWorkspace
from tests.support.helm_values import CANARY, CASES, FACTS
from tests.support.paths import OTHER_CHART_FACTS
from tests.support.program import Program
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

OTHER_MANAGERS = {"monolith-alone": {"helm"}}
"""The chart runs a NATS there that a single monolith doesn't use; it is left behind."""
ADDED_PODS = {"nats-off-without-secret": "chat-nats-"}
"""The prefix of pods that are added: without them the services have no bus."""


@pytest.fixture
def workspace(program: Program) -> HelmWorkspace:
    return HelmWorkspace(program)


@pytest.fixture(scope="module", autouse=True)
def _nodes_have_the_pools_label(cluster: Cluster) -> None:
    """Some cases select nodes by this label."""
    with cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        for node in core.list_node().items:
            core.patch_node(node.metadata.name, {"metadata": {"labels": {"pool": "chat"}}})


@pytest.mark.parametrize("case", CASES)
def test_the_same_pods_run_and_pulumi_manages_everything(
    workspace: HelmWorkspace,
    case: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    added = ADDED_PODS.get(case)
    workspace.install(CASES[case])
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    output = capfd.readouterr().out
    assert "restart:" not in output
    assert CANARY not in output
    assert workspace.pods(without=added) == before
    assert workspace.managers() == {"pulumi"} | OTHER_MANAGERS.get(case, set())
    assert "chat" not in workspace.helm("list", "--short")
    assert set(workspace.up()) == {"same"}
    assert workspace.pods(without=added) == before
    assert workspace.files_with(CANARY) == []


def test_without_its_overrides_a_workload_restarts_and_follows_the_inputs(
    workspace: HelmWorkspace,
) -> None:
    workspace.install(CASES["secrets-in-plain-sight"])
    assert workspace.adopt("--as-is") == 0
    assert workspace.program.environment_of("chat-rocketchat")["ROCKETCHAT_LICENSE"]
    assert set(workspace.config()["podTemplateOverrides"]) == {"secure"}
    changes = workspace.up(podTemplateOverrides={})
    assert changes.pop("update") == 1
    assert set(changes) == {"same"}
    workspace.wait_until_ready()
    assert "ROCKETCHAT_LICENSE" not in workspace.program.environment_of("chat-rocketchat")
    assert workspace.return_to_helm() == 0
    assert workspace.helm("list", "--short").split() == ["chat"]


@pytest.mark.skipif(not OTHER_CHART_FACTS.is_dir(), reason="the chart facts aren't here")
def test_the_cases_are_those_of_the_chart_facts() -> None:
    files = (OTHER_CHART_FACTS / "7.0.2").glob("*.values.yaml")
    facts = {file.name.removesuffix(".values.yaml"): file.read_text() for file in files}
    assert facts.keys() == FACTS.keys()
    for name, text in facts.items():
        values = yaml.safe_dump(FACTS[name]).replace(CANARY, "CANARY")
        assert yaml.safe_load(values) == yaml.safe_load(text)
