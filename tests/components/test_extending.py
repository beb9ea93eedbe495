"""A service is a row of the catalogue, and an input is its declaration and its row."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.invented import add_to_copy, run_in


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with a service `search` and an input `ingress.path`."""
    folder = tmp_path_factory.mktemp("copy")
    add_to_copy(folder)
    return folder


@pytest.fixture(scope="module")
def found(copy: Path) -> dict[str, Any]:
    """Where the two turn up."""
    answer: dict[str, Any] = json.loads(run_in(copy, "tests.support.invented"))
    return answer


def test_a_service_is_in_replicas_and_values(found: dict[str, Any]) -> None:
    assert found["replicas"]["search"] == 3
    assert found["values"]["microservices"]["search"] == {
        "replicas": 3,
        "resources": {"requests": {"cpu": "1"}},
    }


def test_a_service_that_the_chart_lacks_gets_everything_but_a_place_in_its_values(
    found: dict[str, Any],
) -> None:
    assert found["replicas"]["translation"] == 2
    assert "translation" not in str(found["values"])
    assert found["endpoint of the added"]["workload"] == "Deployment/chat-translation"
    kinds = {name.partition("/")[0] for name in found["added"]}
    assert {"Deployment", "Service", "PodDisruptionBudget"} <= kinds


def test_a_service_is_verified(found: dict[str, Any]) -> None:
    assert "replicas.search" in found["missing"]
    assert "replicas.search" in found["too few"]
    assert "replicas.search" not in found["right"]


def test_a_service_has_an_endpoint(found: dict[str, Any]) -> None:
    assert found["endpoint"]["workload"] == "Deployment/chat-search"
    assert found["endpoint"]["instances"] == 3


def test_a_service_is_in_status_and_report(found: dict[str, Any]) -> None:
    assert found["status"] == "search"
    assert found["report"] == ["search"]


def test_a_service_is_in_what_is_generated(copy: Path) -> None:
    assert "rocketchat, presence" in (copy / "Pulumi.yaml").read_text()
    assert "search" in (copy / "Pulumi.yaml").read_text()
    assert "| `replicas.search` |" in (copy / "docs/inputs.md").read_text()
    assert '"search-service": {' in (copy / "policy/guardrails/containers.py").read_text()


def test_an_input_reaches_the_chart_and_what_values_may_not_say(found: dict[str, Any]) -> None:
    assert found["values"]["ingress"]["path"] == "/chat"
    assert found["owned"]


def test_an_input_is_documented(copy: Path) -> None:
    row = "| `ingress.path` | String | The path below which the workspace answers. | `/` |"
    assert row in (copy / "docs/inputs.md").read_text()
    assert "annotations, tlsSecret, path." in (copy / "Pulumi.yaml").read_text()
