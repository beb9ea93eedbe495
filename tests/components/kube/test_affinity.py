"""Affinity, as the API server takes it."""

from typing import Any

import pytest

from components.inputs.spec import resolve
from components.kube.affinity import affinity_errors
from tests.support.components import inputs, problems_of

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def nodes(**requirement: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong ones too
    term = {"matchExpressions": [{"key": "disk", **requirement}]}
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}


def pods(**term: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong ones too
    return {"podAntiAffinity": {REQUIRED: [{"topologyKey": "kubernetes.io/hostname", **term}]}}


@pytest.mark.parametrize(
    "affinity",
    [
        {},
        {"nodeAffinity": None},
        nodes(operator="In", values=["ssd", ""]),
        nodes(operator="Exists"),
        nodes(operator="Gt", values=["3"]),
        pods(labelSelector={"matchLabels": {"app": "x"}}, namespaces=["a"]),
        pods(labelSelector={"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}),
        {"podAffinity": {PREFERRED: [{"weight": 100, "podAffinityTerm": {"topologyKey": "a"}}]}},
    ],
)
def test_what_kubernetes_takes_is_fine(affinity: dict[str, Any]) -> None:
    assert list(affinity_errors(affinity)) == []


@pytest.mark.parametrize(
    ("affinity", "told"),
    [
        ({"nodeAfinity": {}}, 'it has "nodeAfinity", which is no field there'),
        ({"nodeAffinity": []}, "nodeAffinity is [], and a map has to be there"),
        (
            {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}},
            f"nodeAffinity.{REQUIRED}.nodeSelectorTerms is empty",
        ),
        (
            {"podAffinity": {REQUIRED: [{"topologyKey": 1}]}},
            f"podAffinity.{REQUIRED}[0].topologyKey is 1, and a text has to be there",
        ),
        ({"podAffinity": {REQUIRED: [{}]}}, f"podAffinity.{REQUIRED}[0] lacks topologyKey"),
        (
            {"podAffinity": {PREFERRED: [{"weight": 0, "podAffinityTerm": {"topologyKey": "a"}}]}},
            f"podAffinity.{PREFERRED}[0].weight is 0; allowed is a whole number from 1 to 100",
        ),
    ],
)
def test_what_it_refuses_is_told_by_its_path(affinity: dict[str, Any], told: str) -> None:
    assert list(affinity_errors(affinity)) == [told]


@pytest.mark.parametrize(
    ("requirement", "told"),
    [
        ({"operator": "in", "values": ["a"]}, ".operator is in; allowed is In or NotIn or Exists"),
        ({"operator": "In"}, ".values is empty, and In needs one"),
        ({"operator": "Exists", "values": ["a"]}, ".values goes with In and NotIn"),
        ({"operator": "Gt", "values": ["a"]}, ".values takes one whole number with Gt"),
        ({"operator": "Gt", "values": ["1", "2"]}, ".values takes one whole number with Gt"),
        ({"operator": "In", "values": ["a b"]}, " holds what is no label's key or value"),
        ({"key": "a b", "operator": "Exists"}, " holds what is no label's key or value"),
    ],
)
def test_a_requirement_has_to_make_sense(requirement: dict[str, Any], told: str) -> None:
    (problem,) = affinity_errors(nodes(**requirement))
    begin = f"nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0]"
    assert problem.startswith(f"{begin}{told}")


@pytest.mark.parametrize("operator", ["Gt", "Lt"])
def test_labels_of_pods_are_not_compared_as_numbers(operator: str) -> None:
    requirement = {"key": "a", "operator": operator, "values": ["1"]}
    (problem,) = affinity_errors(pods(labelSelector={"matchExpressions": [requirement]}))
    assert f"is {operator}; allowed is In or NotIn or Exists or DoesNotExist" in problem


def test_a_problem_is_told_by_the_input() -> None:
    (problem,) = problems_of(lambda: resolve(inputs(affinity={"nodeAffinity": 1})))
    assert problem == "affinity: nodeAffinity is 1, and a map has to be there."
