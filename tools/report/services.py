"""What changes about each service, and what users notice of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest

from components.kube.objects import match_labels, nested_map
from components.services import BY_NAME, ROCKETCHAT, SERVICES, Service
from tools.report.changes import ObjectChange, ObjectKey
from tools.report.pods import (
    MAX_INSTANCES,
    NO_INSTANCES,
    InstanceRange,
    desired_instances,
    main_container,
    restart_reasons,
    rollout_keeps_serving,
)
from tools.report.preview import Op, Preview, Properties, to_string

WORKLOAD_KINDS = ("Deployment", "StatefulSet")
_RELEASE_LABEL = "app.kubernetes.io/instance"


class Impact(Enum):
    """What users notice, in ascending order."""

    NONE = "none"
    RESTART = "restart without downtime"
    RECONNECT = "clients reconnect"
    DOWNTIME = "downtime"


@dataclass(frozen=True)
class ServiceChange:
    """One service before and after the change."""

    service: Service
    release: str
    old: Properties | None
    """Its workload before; None if it didn't run or the preview doesn't contain it."""
    new: Properties | None
    before: InstanceRange
    after: InstanceRange
    image_before: str
    image_after: str
    op: Op
    restarts: tuple[str, ...]
    """Why its pods restart; empty if they don't."""
    impact: Impact
    impact_reason: str
    """Why the impact is what it is, if that needs an explanation."""

    @property
    def key(self) -> ObjectKey:
        """What identifies its workload on the cluster."""
        metadata = nested_map(self.new or self.old, "metadata")
        namespace, name = metadata.get("namespace"), metadata.get("name")
        return self.service.kind, to_string(namespace), to_string(name)

    @property
    def rolls(self) -> bool:
        """Whether its pods are replaced by new ones."""
        return bool(self.restarts) and NO_INSTANCES not in (self.before, self.after)

    @property
    def changed(self) -> bool:
        """Whether instances, image or pods change."""
        return bool(
            self.before != self.after or self.image_before != self.image_after or self.restarts
        )


def service_changes(preview: Preview, changes: list[ObjectChange]) -> list[ServiceChange]:
    """Every service that runs before or after, in the order of the catalogue."""
    workloads = list(_pair_workloads(changes))
    secrets = {change.name for change in changes if change.kind == "Secret"}
    autoscalers = _Autoscalers.of(changes)
    with_streamer = {
        workload.release
        for workload in workloads
        if workload.service.public_path and workload.new is not None
    }
    services = [
        _service_change(
            workload,
            secrets,
            autoscalers,
            has_connections=_has_connections(
                workload.service, has_streamer=workload.release in with_streamer
            ),
        )
        for workload in workloads
    ]
    services += _services_of_outputs(preview, {change.service for change in services})
    return sorted(services, key=lambda change: (SERVICES.index(change.service), change.release))


def monolith_change(services: Iterable[ServiceChange]) -> ServiceChange | None:
    """The change of the monolith, which every workspace has; None if there is no workspace."""
    return next((change for change in services if change.service is ROCKETCHAT), None)


@dataclass(frozen=True)
class _Workload:
    """A service's workload before and after. If it moves, those are two objects."""

    service: Service
    release: str
    old: ObjectChange | None
    new: ObjectChange | None

    @property
    def op(self) -> Op:
        if self.old is None or self.new is None:
            return Op.CREATE if self.old is None else Op.DELETE
        return self.new.op if self.old is self.new else Op.REPLACE

    @property
    def keeps_name(self) -> bool:
        """Whether a replacement has the same name, so that the old object is removed first."""
        if self.old is None or self.new is None:
            return False
        before = (self.old.old_namespace, self.old.old_kind_and_name)
        return before == (self.new.namespace, self.new.kind_and_name)


@dataclass(frozen=True)
class _Autoscalers:
    """The autoscaler of each workload, before and after."""

    before: dict[ObjectKey, Properties]
    after: dict[ObjectKey, Properties]

    @classmethod
    def of(cls, changes: list[ObjectChange]) -> "_Autoscalers":
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


def _has_connections(service: Service, *, has_streamer: bool) -> bool:
    """Whether clients' WebSockets connect to a service: to the monolith if there's no streamer."""
    return service.public_path is not None or (service is ROCKETCHAT and not has_streamer)


def _pair_workloads(changes: list[ObjectChange]) -> Iterator[_Workload]:
    """Each service's workload before and after."""
    removed: dict[tuple[str, str], list[ObjectChange]] = defaultdict(list)
    added: dict[tuple[str, str], list[ObjectChange]] = defaultdict(list)
    for change in changes:
        if change.kind not in WORKLOAD_KINDS:
            continue
        before, after = (_find_service(obj, change.kind) for obj in (change.old, change.new))
        if before and after and before == after:
            service, release = after
            yield _Workload(service, release, change, change)
            continue
        # Removed in one place and added in another, as far as the preview shows.
        if before and change.op is not Op.CREATE:
            removed[before[0].name, before[1]].append(change)
        if after and change.op is not Op.DELETE:
            added[after[0].name, after[1]].append(change)
    for name, release in sorted(removed.keys() | added.keys()):
        for old, new in zip_longest(removed[name, release], added[name, release]):
            yield _Workload(BY_NAME[name], release, old, new)


def _find_service(workload: Properties, kind: str) -> tuple[Service, str] | None:
    """The service that a workload runs, and its release; None if it runs none."""
    labels = {key: to_string(value) for key, value in match_labels(workload).items()}
    release = labels.get(_RELEASE_LABEL, "")
    for service in SERVICES:
        if service.kind == kind and service.matches(labels, release):
            return service, release
    return None


def _service_change(
    workload: _Workload,
    secrets: set[str],
    autoscalers: _Autoscalers,
    *,
    has_connections: bool,
) -> ServiceChange:
    old = workload.old.old if workload.old else None
    new = workload.new.new if workload.new else None
    before = after = NO_INSTANCES
    if workload.old and old:
        before = desired_instances(old, autoscalers.before.get(workload.old.key))
    if workload.new and new:
        after = desired_instances(new, autoscalers.after.get(workload.new.key))
    restarts: tuple[str, ...] = ()
    if old is not None and new is not None:
        if workload.op is Op.REPLACE:
            restarts = ("replaced" if workload.keeps_name else "moved",)
        else:
            restarts = tuple(restart_reasons(old, new, secrets))
    impact, impact_reason = _impact(
        workload, before, after, restarts, has_connections=has_connections
    )
    return ServiceChange(
        service=workload.service,
        release=workload.release,
        old=old,
        new=new,
        before=before,
        after=after,
        image_before=_image(old, workload.service),
        image_after=_image(new, workload.service),
        op=workload.op,
        restarts=restarts,
        impact=impact,
        impact_reason=impact_reason,
    )


def _image(workload: Properties | None, service: Service) -> str:
    return to_string(main_container(workload or {}, service.container).get("image"))


def _impact(  # noqa: PLR0911 - a case each
    workload: _Workload,
    before: InstanceRange,
    after: InstanceRange,
    restarts: tuple[str, ...],
    *,
    has_connections: bool,
) -> tuple[Impact, str]:
    if before.maximum == 0:
        return Impact.NONE, ""
    if after.maximum == 0:
        if workload.service is ROCKETCHAT:
            return Impact.DOWNTIME, "the workspace is removed"
        if has_connections:
            return Impact.RECONNECT, "to the monolith"
        return Impact.NONE, ""
    impact_of_rollout = Impact.RECONNECT if has_connections else Impact.RESTART
    if workload.op is Op.REPLACE:
        if workload.keeps_name:
            return Impact.DOWNTIME, "removed before the new one is created"
        return impact_of_rollout, ""
    if restarts:
        new = {**workload.new.new, "kind": workload.service.kind} if workload.new else {}
        if rollout_keeps_serving(new, after.minimum):
            return impact_of_rollout, ""
        instances = "the only instance stops" if after.minimum == 1 else "all instances stop"
        return Impact.DOWNTIME, f"{instances} before a new one is ready"
    if after.minimum < before.minimum and has_connections:
        return Impact.RECONNECT, "those of the removed instances"
    return Impact.NONE, ""


def _services_of_outputs(preview: Preview, known: set[Service]) -> Iterator[ServiceChange]:
    """Unchanged services that the preview leaves out, according to the stack's outputs."""
    instances = nested_map(preview.outputs, "instances")
    for service in SERVICES:
        number = instances.get(service.config_name)
        if service not in known and isinstance(number, int | float) and 0 < number < MAX_INSTANCES:
            running = InstanceRange(int(number), int(number))
            yield ServiceChange(
                service=service,
                release="",
                old=None,
                new=None,
                before=running,
                after=running,
                image_before="",
                image_after="",
                op=Op.SAME,
                restarts=(),
                impact=Impact.NONE,
                impact_reason="",
            )
