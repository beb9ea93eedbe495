"""What a rehearsal showed, and the verdict on it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from components.services import SERVICES
from tools.rehearse.observe import RESOURCES, Observation
from tools.rehearse.requests import to_amounts
from tools.rehearse.snapshot import ClusterSnapshot
from tools.report import ExitCode
from tools.report.sentences import enumeration, plural

_NOT_THE_REASON = re.compile(r"\s*(?:no new claims to deallocate|preemption:).*", re.DOTALL)
"""The rest of the scheduler's message: what else it tried in vain."""
_CONFIG_NAMES = {service.kebab_name: service.config_name for service in SERVICES}


@dataclass(frozen=True)
class Shortage:
    """Pods of one service that don't come up."""

    service: str
    missing: int
    desired: int
    reason: str
    """In the words of the scheduler, or of whoever refuses the pods."""
    fits: int | None
    """How many instances fit, as tried on the twin; None if it wasn't tried."""

    @property
    def sentence(self) -> str:
        """What is missing, why, and what to do."""
        verb = "stays" if self.missing == 1 else "stay"
        state = "are refused" if self.is_refused else f"{verb} Pending"
        reason = _NOT_THE_REASON.sub("", self.reason).rstrip(".")
        return (
            f"{self.missing} of {plural(self.desired, self.service)} {state}: {reason}."
            f" {self.remedy}"
        )

    @property
    def is_refused(self) -> bool:
        """Whether the pods aren't even created."""
        return "forbidden" in self.reason

    @property
    def remedy(self) -> str:
        """What to do about it."""
        name = _CONFIG_NAMES.get(self.service)
        ways = []
        if "exceeded quota" in self.reason:
            ways.append("raise the quota")
        elif self.is_refused:
            return "Change what the message names."
        elif "Insufficient" in self.reason:
            ways.append("add a node of this size")
        else:
            ways.append("add a node that takes them")
        if name and ("Insufficient" in self.reason or "quota" in self.reason):
            ways.append(f"lower services.{name}.resources")
        if name and self.fits:
            key = f"replicas.{name}" if self.fits != self.desired else ""
            ways += [f"set {key} to {self.fits}, which {_verb(self.fits)}"] if key else []
        *others, last = ways
        text = f"{', '.join(others)} or {last}" if others else last
        return f"{text[0].upper()}{text[1:]}."


@dataclass(frozen=True)
class Blocked:
    """A pod that can't be evicted, so that a drain of its node would wait for ever."""

    service: str
    """The service, or the workload of others."""
    reason: str

    @property
    def sentence(self) -> str:
        """What blocks, and what to do."""
        return f"A pod of {self.service} can't be evicted: {self.reason}. {self.remedy}"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if "more than one" in self.reason:
            return "Remove one of them."
        return "Run one more, or let the PodDisruptionBudget do with one fewer."


def format_seconds(seconds: float) -> str:
    """Returns seconds as a whole number, and less than one as such."""
    return "<1" if 0 < seconds < 1 else f"{seconds:.0f}"


def _verb(number: int) -> str:
    return "fits" if number == 1 else "fit"


@dataclass(frozen=True)
class Fullness:
    """How much of a node's CPU or memory is requested, in percent."""

    before: int
    peak: int
    after: int


@dataclass(frozen=True)
class Outcome:
    """What one scenario showed."""

    scenario: str
    changed: bool
    observation: Observation
    shortages: tuple[Shortage, ...]
    blocked: tuple[Blocked, ...]
    nodes: Mapping[str, Mapping[str, Fullness]]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The exit code, as the report's: pods that don't come up are a risk."""
        if self.shortages or self.blocked:
            return ExitCode.RISKS
        return ExitCode.CHANGES if self.changed else ExitCode.NO_CHANGES

    @property
    def verdict(self) -> str:
        """What happens, in a few sentences."""
        problems = [
            *(blocked.sentence for blocked in self.blocked),
            *(shortage.sentence for shortage in self.shortages),
        ]
        if problems:
            return " ".join(problems)
        if not self.changed:
            return "Nothing changes."
        short = self.short_seconds
        services = [f"{name} for {format_seconds(seconds)} s" for name, seconds in short.items()]
        shortness = (
            f"Short of instances: {enumeration(services)}" if short else "No service is short"
        )
        return f"Everything fits. {shortness}, and {self.disconnections}."

    @property
    def disconnections(self) -> str:
        """How many people are disconnected."""
        number = self.observation.last.disconnected
        return f"{number:,} people are disconnected" if number else "nobody is disconnected"

    @property
    def changing_services(self) -> list[str]:
        """The services of which pods come, go or don't come up."""
        samples = self.observation.samples
        names = samples[-1].services.keys() | samples[0].services.keys()
        return [
            name
            for name in sorted(names)
            if len({sample.services.get(name) for sample in samples}) > 1
            or any(shortage.service == name for shortage in self.shortages)
        ]

    @property
    def short_seconds(self) -> dict[str, float]:
        """By service, how long fewer instances were ready than before and after."""
        samples = self.observation.samples
        first, last = samples[0].services, samples[-1].services
        short = {
            name: sum(
                after.seconds - before.seconds
                for before, after in pairwise(samples)
                if before.services[name].ready < min(first[name].ready, last[name].desired)
            )
            for name in first
            if all(name in sample.services for sample in samples)
        }
        return {name: seconds for name, seconds in short.items() if seconds > 0}


def fullness(snapshot: ClusterSnapshot, observation: Observation) -> dict[str, dict[str, Fullness]]:
    """Returns how full each node is, by name and resource."""
    others: dict[str, dict[str, Decimal]] = {}
    for pod in snapshot.pods:
        total = others.setdefault(pod.node, {})
        for name, amount in to_amounts(pod.requests).items():
            total[name] = total.get(name, Decimal(0)) + amount
    result = {}
    for node in snapshot.nodes:
        room = to_amounts(node.allocatable)
        by_resource = {}
        for resource in RESOURCES:
            base = float(others.get(node.name, {}).get(resource, 0))
            percent = [
                round(
                    100
                    * (base + sample.nodes.get(node.name, {}).get(resource, 0.0))
                    / float(room.get(resource) or 1)
                )
                for sample in observation.samples
            ]
            by_resource[resource] = Fullness(percent[0], max(percent), percent[-1])
        result[node.name] = by_resource
    return result
