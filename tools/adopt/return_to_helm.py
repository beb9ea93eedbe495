"""The return of a workspace to Helm; every step can be repeated."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

from components.kube.api import Api
from components.kube.objects import KubernetesObject, kind_and_name, nested_map
from tools.adopt import live_objects, managed_fields, record
from tools.adopt.plan import Plan, make_plan
from tools.adopt.project import Project
from tools.adopt.record import Release

_DELETED_KINDS = (
    *("PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"),
    *("Deployment", "Service"),
)
"""Kinds that would get in Helm's way or run unmanaged, and that no pod needs to start."""


@dataclass(frozen=True)
class ReturnToHelm:
    """The return of one stack's workspace to its release."""

    api: Api
    project: Project
    release: Release

    def deleted(self) -> list[KubernetesObject]:
        """Returns the objects that the stack has added and that Helm can't manage."""
        return [obj for obj in self._added() if obj["kind"] in _DELETED_KINDS]

    def left_behind(self) -> list[str]:
        """Returns the other objects that the stack has added: pods may read them."""
        return [kind_and_name(obj) for obj in self._added() if obj["kind"] not in _DELETED_KINDS]

    def scaled(self, desired: list[KubernetesObject]) -> list[str]:
        """Returns a line for each workload with other replicas than in Helm's values."""
        values = {kind_and_name(obj): _replicas(obj) for obj in self.release.objects}
        numbers = {kind_and_name(obj): _replicas(obj) for obj in desired}
        return [
            f"{name}: {number} replicas now, {values[name]} in Helm's values"
            for name, number in numbers.items()
            if number != values[name]
        ]

    def desired(self) -> list[KubernetesObject]:
        """Returns the objects as Helm has rendered them, with the replicas that run now.

        Helm's next upgrade changes only what its own values change, and removes nothing that
        somebody has added: a probe of ours beside the chart's would make it fail.
        """
        desired = deepcopy(self.release.objects)
        for obj in desired:
            annotations = obj["metadata"].setdefault("annotations", {})
            annotations["meta.helm.sh/release-name"] = self.release.name
            annotations["meta.helm.sh/release-namespace"] = self.release.namespace
            live = live_objects.find(self.api, obj) if _replicas(obj) is not None else None
            if live is not None:
                obj["spec"]["replicas"] = _replicas(live)
        return desired

    def plan(self, desired: list[KubernetesObject]) -> Plan:
        """Returns what becomes of each object that Helm has rendered."""
        live = live_objects.find_all(self.api, desired)
        return make_plan(desired, self.project.deployed_objects(), live)

    def run(self, desired: list[KubernetesObject], show: Callable[[str], None]) -> None:
        """Restores Helm's record and the objects, then clears the stack's state.

        Args:
            desired: The objects as Helm has rendered them.
            show: Called with each step.
        """
        name, namespace = self.release.name, self.release.namespace
        show("Restoring Helm's record")
        record.restore(self.api, name, namespace)
        show("Returning the objects to Helm")
        for obj in live_objects.in_creation_order(desired):
            live_objects.change_managed_fields(self.api, obj, managed_fields.take_from_provider)
            live_objects.apply(self.api, obj)
            give = partial(managed_fields.give_to_helm, owner=self.release.owner)
            live_objects.change_managed_fields(self.api, obj, give)
        if not self.release.is_recorded:
            for obj in desired:
                live_objects.keep_from_helm(self.api, obj, keep=False)
        for obj in self.deleted():
            live_objects.delete(self.api, obj)
        show("Clearing the stack's state")
        self.project.clear_state()
        record.delete_copies(self.api, name, namespace)

    def _added(self) -> list[KubernetesObject]:
        rendered = {kind_and_name(obj) for obj in self.release.objects}
        return [
            obj for obj in self.project.deployed_objects() if kind_and_name(obj) not in rendered
        ]


def _replicas(obj: KubernetesObject) -> int | None:
    """Returns the replicas that a workload declares; None for any other object."""
    replicas = nested_map(obj, "spec").get("replicas")
    return None if replicas is None else int(replicas)
