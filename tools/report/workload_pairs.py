"""Matches the workloads of each service before and after a change."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from components.kube.objects import match_labels, nested_map
from components.services import BY_NAME, SERVICES, Service
from tools.report.changes import ObjectChange, ObjectKey
from tools.report.preview import Op, Properties, to_string

WORKLOAD_KINDS = ("Deployment", "StatefulSet")
_RELEASE_LABEL = "app.kubernetes.io/instance"


@dataclass(frozen=True)
class WorkloadPair:
    """A service's workload before and after. If it moves, those are two objects."""

    service: Service
    release: str
    before: ObjectChange | None
    after: ObjectChange | None

    @property
    def op(self) -> Op:
        """What happens to the workload."""
        if self.before is None or self.after is None:
            return Op.CREATE if self.before is None else Op.DELETE
        return self.after.op if self.before is self.after else Op.REPLACE

    @property
    def keeps_name(self) -> bool:
        """Whether a replacement has the same name, so that the old object is removed first."""
        if self.before is None or self.after is None:
            return False
        old = (self.before.old_namespace, self.before.old_kind_and_name)
        return old == (self.after.namespace, self.after.kind_and_name)


@dataclass(frozen=True)
class Autoscalers:
    """The autoscaler of each workload, before and after."""

    before: dict[ObjectKey, Properties]
    after: dict[ObjectKey, Properties]

    @classmethod
    def of(cls, changes: list[ObjectChange]) -> "Autoscalers":
        """The autoscalers among all objects."""
        found = cls({}, {})
        for change in changes:
            if change.kind != "HorizontalPodAutoscaler":
                continue
            for autoscaler, by_target in ((change.old, found.before), (change.new, found.after)):
                target = nested_map(autoscaler, "spec", "scaleTargetRef")
                if target:
                    kind, name = to_string(target.get("kind")), to_string(target.get("name"))
                    by_target[kind, change.namespace, name] = autoscaler
        return found


def pair_workloads(changes: list[ObjectChange]) -> Iterator[WorkloadPair]:
    """Each service's workload before and after."""
    removed: dict[tuple[str, str], list[ObjectChange]] = defaultdict(list)
    added: dict[tuple[str, str], list[ObjectChange]] = defaultdict(list)
    for change in changes:
        if change.kind not in WORKLOAD_KINDS:
            continue
        before, after = (_find_service(obj, change.kind) for obj in (change.old, change.new))
        if before and after and before == after:
            service, release = after
            yield WorkloadPair(service, release, change, change)
            continue
        # Removed in one place and added in another, as far as the preview shows.
        if before and change.op is not Op.CREATE:
            removed[before[0].name, before[1]].append(change)
        if after and change.op is not Op.DELETE:
            added[after[0].name, after[1]].append(change)
    for name, release in sorted(removed.keys() | added.keys()):
        for old, new in zip_longest(removed[name, release], added[name, release]):
            yield WorkloadPair(BY_NAME[name], release, old, new)


def _find_service(workload: Properties, kind: str) -> tuple[Service, str] | None:
    """The service that a workload runs, and its release; None if it runs none."""
    labels = {key: to_string(value) for key, value in match_labels(workload).items()}
    release = labels.get(_RELEASE_LABEL, "")
    for service in SERVICES:
        if service.kind == kind and service.matches(labels, release):
            return service, release
    return None
