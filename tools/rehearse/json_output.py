"""The outcome as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tools.rehearse.outcome import Outcome


def to_json(outcomes: Sequence[Outcome], stack: str) -> dict[str, Any]:
    """Returns everything that was seen, as JSON's own types."""
    return {
        "stack": stack,
        "exitCode": max(int(outcome.exit_code) for outcome in outcomes),
        "scenarios": [_scenario(outcome) for outcome in outcomes],
    }


def _scenario(outcome: Outcome) -> dict[str, Any]:
    return {
        "exitCode": int(outcome.exit_code),
        "scenario": outcome.scenario,
        "verdict": outcome.verdict,
        "shortages": [
            {**asdict(shortage), "remedy": shortage.remedy} for shortage in outcome.shortages
        ],
        "blocked": [{**asdict(blocked), "remedy": blocked.remedy} for blocked in outcome.blocked],
        "shortSeconds": outcome.short_seconds,
        "samples": [asdict(sample) for sample in outcome.observation.samples],
        "nodes": {
            name: {resource: asdict(full) for resource, full in resources.items()}
            for name, resources in outcome.nodes.items()
        },
        "notes": list(outcome.notes),
    }
