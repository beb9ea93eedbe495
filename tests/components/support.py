"""What the tests of the component share: inputs, errors taken apart, and what the chart renders."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.overrides import merge
from components.problems import Problems
from components.services import camel

ROOT = Path(__file__).parents[2]
FACTS = ROOT / "tests" / "simulation" / "facts"
"""What the official chart renders, as kept with the tests of the simulation."""

CANARY = "CANARY-7f3a"
"""Stands for a secret that must not be told."""

Object = dict[str, Any]


def inputs(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - inputs of any type, wrong ones too
    """The fewest inputs that a workspace needs, and `more`."""
    return {"host": "chat.example.com", "mongodb_secret": "chat-mongodb", **more}


def config(**more: str) -> dict[str, str]:
    """The same as texts of a stack's config."""
    return {"host": "chat.example.com", "mongodbSecret": "chat-mongodb", **more}


def refusal(act: Callable[[], object]) -> str:
    """The whole text of the `pulumi.RunError` that `act` ends in; any other end is a failure."""
    with pytest.raises(pulumi.RunError) as raised:
        act()
    return str(raised.value)


def problems_of(act: Callable[[], object]) -> list[str]:
    """Each problem that `act` is refused for, all of them told in one error."""
    head, *found = refusal(act).split("\n  - ")
    many = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    assert head == f"{many} in the inputs; nothing was changed:"
    return found


def gathered(problems: Problems) -> list[str]:
    """Each problem in `problems`; none is fine too."""
    try:
        problems.raise_if_any()
    except pulumi.RunError:
        return problems_of(problems.raise_if_any)
    return []


def camel_path(path: str) -> str:
    """`replicas.ddp_streamer` as stack configs spell it."""
    return ".".join(map(camel, path.split(".")))


@cache
def _kept(name: str) -> tuple[Any, ...]:
    return tuple(yaml.load_all((FACTS / name).read_text(), Loader=yaml.CSafeLoader))


def kept_values(case: str) -> dict[str, Any]:
    """The values that a kept rendering was made from."""
    (values,) = _kept(f"{case}.values.yaml")
    return deepcopy(values)


def kept_objects(case: str) -> list[Object]:
    """What the official chart rendered for them, as release and in namespace `chat`."""
    return deepcopy([one for one in _kept(f"{case}.manifests.yaml") if one is not None])


def default_values() -> dict[str, Any]:
    """The official chart's own values."""
    (values,) = _kept("default-values.yaml")
    return deepcopy(values)


def complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` laid over the chart's own, as Helm does; alike means that the same is rendered."""
    whole = merge(default_values(), values)
    # NATS comes with the dedicated services where nobody says otherwise.
    whole["nats"] = {"enabled": whole["microservices"]["enabled"], **whole["nats"]}
    return whole


def rendering_of(values: Mapping[str, Any]) -> list[Object]:
    """What the official chart renders from `values`, where that was kept."""
    cases = [path.name.removesuffix(".values.yaml") for path in FACTS.glob("*.values.yaml")]
    for case in cases:
        if complete(kept_values(case)) == complete(values):
            return kept_objects(case)
    raise LookupError(f"no rendering of these values was kept: {values}")


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    """The objects of one kind, by name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def variables(workload: Object) -> dict[str, Any]:
    """What each variable of a workload's containers is, by name: a value or where it is from."""
    return {
        each["name"]: each.get("value", each.get("valueFrom"))
        for held in workload["spec"]["template"]["spec"]["containers"]
        for each in held.get("env", [])
    }


def at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any value
    """The value at the end of `path`."""
    found: Any = values
    for key in path:
        found = found[key]
    return found
