"""What changes about each service, and what users notice of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from components.kube.objects import nested_map
from components.services import ROCKETCHAT, SERVICES, Service
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
from tools.report.sockets import Sockets, of_removed_instances, open_sockets
from tools.report.workload_pairs import Autoscalers, WorkloadPair, pair_workloads


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
    before: InstanceRange
    after: InstanceRange
    old: Properties | None = None
    """Its workload before; None if it didn't run or the preview doesn't contain it."""
    new: Properties | None = None
    image_before: str = ""
    image_after: str = ""
    op: Op = Op.SAME
    restarts: tuple[str, ...] = ()
    """Why its pods restart; empty if they don't."""
    impact: Impact = Impact.NONE
    impact_reason: str = ""
    """Why the impact is what it is, if that needs an explanation."""
    sockets: Sockets | None = None
    """The sockets that people lose by it."""

    @property
    def key(self) -> ObjectKey:
        """What identifies its workload on the cluster."""
        metadata = nested_map(self.new or self.old, "metadata")
        namespace, name = metadata.get("namespace"), metadata.get("name")
        return self.service.kind, to_string(namespace), to_string(name)

    @property
    def paused(self) -> bool:
        """Whether the change leaves it without instances, but doesn't remove it."""
        return self.new is not None and self.after == NO_INSTANCES

    @property
    def resumed(self) -> bool:
        """Whether it was there without instances, and gets some."""
        return self.old is not None and self.before == NO_INSTANCES != self.after

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


def service_changes(
    preview: Preview, changes: list[ObjectChange], seen: Sockets | None = None
) -> list[ServiceChange]:
    """Every service that runs before or after, in the order of the catalogue.

    Args:
        preview: The preview.
        changes: The objects in it.
        seen: The sockets that are open now, if they were counted.
    """
    pairs = list(pair_workloads(changes))
    autoscalers = Autoscalers.of(changes)
    secrets = {change.name for change in changes if change.kind == "Secret"}
    with_streamer = {
        pair.release for pair in pairs if pair.service.public_path and pair.after is not None
    }
    if sum(pair.service.users_per_instance is not None for pair in pairs) > 1:
        # They were counted for one workspace.
        seen = None
    services = []
    for pair in pairs:
        # Clients' WebSockets connect to the streamer, or to the monolith if there is none.
        has_clients = pair.service.public_path is not None or (
            pair.service is ROCKETCHAT and pair.release not in with_streamer
        )
        change = _service_change(pair, secrets, autoscalers, has_clients=has_clients)
        sockets = open_sockets(pair.service, change.before, preview.config, seen)
        services.append(replace(change, sockets=_lost(change, sockets)))
    services += _services_of_outputs(preview, {change.service for change in services})
    return sorted(services, key=lambda change: (SERVICES.index(change.service), change.release))


def monolith_change(services: Iterable[ServiceChange]) -> ServiceChange | None:
    """The change of the monolith, which every workspace has; None if there is no workspace."""
    return next((change for change in services if change.service is ROCKETCHAT), None)


def _service_change(
    pair: WorkloadPair,
    secrets: set[str],
    autoscalers: Autoscalers,
    *,
    has_clients: bool,
) -> ServiceChange:
    old = new = None
    before = after = NO_INSTANCES
    if pair.before:
        old = pair.before.old
        before = desired_instances(old, autoscalers.before.get(pair.before.key))
    if pair.after:
        new = pair.after.new
        after = desired_instances(new, autoscalers.after.get(pair.after.key))
    restarts: tuple[str, ...] = ()
    if old is not None and new is not None:
        if pair.op is Op.REPLACE:
            restarts = ("replaced" if pair.keeps_name else "moved",)
        else:
            restarts = tuple(restart_reasons(old, new, secrets))
    impact, impact_reason = _impact(pair, before, after, restarts, has_clients=has_clients)
    return ServiceChange(
        service=pair.service,
        release=pair.release,
        before=before,
        after=after,
        old=old,
        new=new,
        image_before=_image(old, pair.service),
        image_after=_image(new, pair.service),
        op=pair.op,
        restarts=restarts,
        impact=impact,
        impact_reason=impact_reason,
    )


def _lost(change: ServiceChange, sockets: Sockets | None) -> Sockets | None:
    """The sockets that are closed by a change, of those that are open."""
    if sockets is None or change.impact not in (Impact.RECONNECT, Impact.DOWNTIME):
        return None
    if change.op is Op.REPLACE or change.restarts or change.after == NO_INSTANCES:
        return sockets
    return of_removed_instances(sockets, change.before, change.after)


def _image(workload: Properties | None, service: Service) -> str:
    return to_string(main_container(workload or {}, service.container).get("image"))


def _impact(  # noqa: PLR0911 - a case each
    pair: WorkloadPair,
    before: InstanceRange,
    after: InstanceRange,
    restarts: tuple[str, ...],
    *,
    has_clients: bool,
) -> tuple[Impact, str]:
    if before.maximum == 0:
        return Impact.NONE, ""
    if after.maximum == 0:
        return _impact_of_stop(pair, has_clients=has_clients)
    impact_of_rollout = Impact.RECONNECT if has_clients else Impact.RESTART
    if pair.op is Op.REPLACE:
        if pair.keeps_name:
            return Impact.DOWNTIME, "removed before the new one is created"
        return impact_of_rollout, ""
    if restarts:
        new = {**pair.after.new, "kind": pair.service.kind} if pair.after else {}
        if rollout_keeps_serving(new, after.minimum):
            return impact_of_rollout, ""
        instances = "the only instance stops" if after.minimum == 1 else "all instances stop"
        return Impact.DOWNTIME, f"{instances} before a new one is ready"
    if after.minimum < before.minimum and has_clients:
        return Impact.RECONNECT, "those of the removed instances"
    return Impact.NONE, ""


def _impact_of_stop(pair: WorkloadPair, *, has_clients: bool) -> tuple[Impact, str]:
    if pair.after is not None:
        stops = pair.service is ROCKETCHAT or has_clients
        return (Impact.DOWNTIME, "paused on purpose") if stops else (Impact.NONE, "")
    if pair.service is ROCKETCHAT:
        return Impact.DOWNTIME, "the workspace is removed"
    return (Impact.RECONNECT, "to the monolith") if has_clients else (Impact.NONE, "")


def _services_of_outputs(preview: Preview, known: set[Service]) -> Iterator[ServiceChange]:
    """Unchanged services that the preview leaves out, according to the stack's outputs."""
    instances = nested_map(preview.outputs, "instances")
    for service in SERVICES:
        number = instances.get(service.config_name)
        if service not in known and isinstance(number, int | float) and 0 < number < MAX_INSTANCES:
            running = InstanceRange(int(number), int(number))
            yield ServiceChange(service, release="", before=running, after=running)
