"""What a rehearsal of a change showed, as a report shows it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tools.errors import ToolError
from tools.report.escape import code_block
from tools.report.risks import Risk, RiskKind
from tools.report.sentences import sentence

_SAFE_NAME = re.compile(r"[a-z0-9.-]{1,80}", re.ASCII)
"""Names that Mermaid can't take for syntax; others are left out."""
_LAST_PERIOD = 0.1
"""How long the last numbers are shown, as a part of the whole."""

State = tuple[int, int]
"""How many instances are ready, and how many are desired."""


@dataclass(frozen=True)
class Scenario:
    """What one scenario showed."""

    name: str
    verdict: str
    risks: tuple[Risk, ...]
    """The services whose pods don't come up, or can't be evicted."""
    states: Mapping[str, Sequence[tuple[float, State]]]
    """By service: what was seen, and after how many seconds."""


@dataclass(frozen=True)
class Rehearsal:
    """A change of one stack, as `python -m tools.rehearse --json` has played it."""

    stack: str
    scenarios: tuple[Scenario, ...]
    content: Mapping[str, Any]
    """All of it, as JSON."""

    @property
    def risks(self) -> list[Risk]:
        """Everything that doesn't come up or can't be evicted."""
        return [risk for scenario in self.scenarios for risk in scenario.risks]


def parse_rehearsal(text: str, source: str) -> Rehearsal:
    """Returns the rehearsal that `python -m tools.rehearse --json` has printed.

    Args:
        text: What it has printed.
        source: Where that was read, for errors.

    Raises:
        ToolError: If it is anything else.
    """
    try:
        content = json.loads(text)
        return Rehearsal(content["stack"], tuple(map(_scenario, content["scenarios"])), content)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ToolError(
            f"{source}: this isn't what `python -m tools.rehearse --json` prints."
        ) from None


def timeline(scenario: Scenario) -> str:
    """Returns how many instances of each changing service are ready over time, for Mermaid.

    Empty if no service changes.
    """
    lines = [
        line
        for service, states in scenario.states.items()
        if _SAFE_NAME.fullmatch(service) and len({state for _, state in states}) > 1
        for line in (f"section {service}", *_periods(states))
    ]
    if not lines:
        return ""
    # Milliseconds since the change began.
    head = ("gantt", "dateFormat x", "axisFormat %M:%S")
    return code_block("\n  ".join([*head, *lines]), "mermaid")


def _periods(states: Sequence[tuple[float, State]]) -> Iterator[str]:
    end = states[-1][0] * (1 + _LAST_PERIOD)
    changes = [
        (seconds, state)
        for index, (seconds, state) in enumerate(states)
        if index == 0 or states[index - 1][1] != state
    ]
    for (start, (ready, desired)), (stop, _) in pairwise([*changes, (end, (0, 0))]):
        tag = "crit" if ready < desired else "done"
        yield f"{ready} of {desired} ready :{tag}, {start * 1000:.0f}, {stop * 1000:.0f}"


def _scenario(content: Mapping[str, Any]) -> Scenario:
    return Scenario(
        content["scenario"],
        content["verdict"],
        (
            *map(_shortage, content["shortages"]),
            *map(_blocked, content["blocked"]),
        ),
        _states(content["samples"]),
    )


def _blocked(blocked: Mapping[str, Any]) -> Risk:
    description = sentence(
        "A pod of {} can't be evicted: {}", blocked["service"], blocked["reason"]
    )
    return Risk(RiskKind.DOES_NOT_FIT, description, blocked["remedy"])


def _shortage(shortage: Mapping[str, Any]) -> Risk:
    missing, desired = int(shortage["missing"]), int(shortage["desired"])
    return Risk(
        RiskKind.DOES_NOT_FIT,
        sentence(
            f"{missing} of {desired} instances of {{}} don't come up: {{}}",
            shortage["service"],
            shortage["reason"],
        ),
        shortage["remedy"],
    )


def _states(samples: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, State]]]:
    states: dict[str, list[tuple[float, State]]] = {}
    for sample in samples:
        for service, pods in sample["services"].items():
            state = (int(pods["ready"]), int(pods["desired"]))
            states.setdefault(service, []).append((float(sample["seconds"]), state))
    return states
