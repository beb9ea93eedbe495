"""Back to Helm: each step is safe to do again."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from components.kube.objects import KubernetesObject, kind_and_name
from tools.adopt import objects, ownership, record
from tools.adopt.plan import Plan, plan
from tools.adopt.project import Project
from tools.adopt.record import Release
from tools.status.api import Api

_REMOVED = ("PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy")
"""What Helm doesn't know and would have in its way; no pod needs these to start."""


@dataclass(frozen=True)
class Handback:
    """One stack on its way back to one release."""

    api: Api
    project: Project
    release: Release

    def removed(self) -> list[KubernetesObject]:
        """What the stack added and Helm would have in its way."""
        return [one for one in self._added() if one["kind"] in _REMOVED]

    def left(self) -> list[str]:
        """What the stack added and stays: pods may read it, or others may live there."""
        return [kind_and_name(one) for one in self._added() if one["kind"] not in _REMOVED]

    def scaled(self, wanted: list[KubernetesObject]) -> list[str]:
        """A line for each workload whose number of instances isn't that of Helm's values."""
        theirs = {kind_and_name(one): _number(one) for one in self.release.objects}
        return [
            f"{kind_and_name(one)}: {_number(one)} now, {theirs[kind_and_name(one)]} by Helm's values"
            for one in wanted
            if _number(one) != theirs[kind_and_name(one)]
        ]

    def wanted(self) -> list[KubernetesObject]:
        """The objects as Helm rendered them, in the numbers that run.

        Helm changes only what its own values change, and takes nothing away that others added: a
        probe of ours beside the chart's would make its next upgrade fail.
        """
        wanted = []
        for one in map(deepcopy, self.release.objects):
            annotations = one["metadata"].setdefault("annotations", {})
            annotations["meta.helm.sh/release-name"] = self.release.name
            annotations["meta.helm.sh/release-namespace"] = self.release.namespace
            live = objects.live(self.api, one) if _number(one) is not None else None
            if live is not None:
                one["spec"]["replicas"] = _number(live)
            wanted.append(one)
        return wanted

    def plan(self, wanted: list[KubernetesObject]) -> Plan:
        """What becomes of each object that Helm knows."""
        return plan(wanted, self.project.objects(), objects.live_ones(self.api, wanted))

    def run(self, wanted: list[KubernetesObject], told: Callable[[str], None]) -> None:
        """Gives Helm its record back, then lets the stack forget."""
        name, namespace = self.release.name, self.release.namespace
        told("Giving Helm its record back")
        record.give_back(self.api, name, namespace)
        told("Making the objects Helm's again")
        for one in objects.ordered(wanted):
            objects.own(self.api, one, ownership.reclaimed)
            objects.apply(self.api, one)
            objects.own(self.api, one, ownership.returned)
        for one in self.removed():
            objects.delete(self.api, one)
        told("Letting the stack forget")
        self.project.forget()
        record.forget(self.api, name, namespace)

    def _added(self) -> list[KubernetesObject]:
        theirs = {kind_and_name(one) for one in self.release.objects}
        return [one for one in self.project.objects() if kind_and_name(one) not in theirs]


def _number(one: KubernetesObject) -> int | None:
    """How many instances a workload names; None for anything else."""
    number = one.get("spec", {}).get("replicas")
    return None if number is None else int(number)
