"""What changes for each service, and what a person using the chat notices of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from components.services import ROCKETCHAT, SERVICES, Service
from tools.report.changes import Change, mapping, metadata, text
from tools.report.pods import NONE, Instances, Rollout, instances, main_container, reasons, rollout
from tools.report.preview import Op, Preview, State

WORKLOADS = ("Deployment", "StatefulSet")
_RELEASE = "app.kubernetes.io/instance"


class Notice(Enum):
    """What a person using the chat notices, from least to most."""

    NOTHING = "nothing"
    RESTART = "a restart without loss"
    SOCKETS = "sockets reconnect"
    DOWNTIME = "downtime"


@dataclass(frozen=True)
class Row:
    """One service before and after the change."""

    service: Service
    release: str
    old: State | None
    """Its workload before; None where it didn't run or nothing is known of it."""
    new: State | None
    before: Instances
    after: Instances
    image_before: str
    image_after: str
    op: Op
    restarts: tuple[str, ...]
    """Why its pods restart; nothing where they don't."""
    notice: Notice
    why: str
    """Why a person notices that much, where the notice alone doesn't tell."""

    @property
    def key(self) -> tuple[str, str, str]:
        """By what its workload is known on the cluster: kind, namespace and name."""
        named = metadata(self.new or self.old or {})
        return self.service.kind, text(named.get("namespace")), text(named.get("name"))

    @property
    def rolls(self) -> bool:
        """Whether its pods are exchanged, by a rollout or by being made elsewhere."""
        return bool(self.restarts) and NONE not in (self.before, self.after)

    @property
    def changed(self) -> bool:
        """Whether anything of it changes that a table can show."""
        return bool(
            self.before != self.after or self.image_before != self.image_after or self.restarts
        )


@dataclass(frozen=True)
class _Pair:
    service: Service
    release: str
    old: Change | None
    new: Change | None

    @property
    def op(self) -> Op:
        if self.old is None or self.new is None:
            return Op.CREATE if self.old is None else Op.DELETE
        return self.new.op if self.old is self.new else Op.REPLACE

    @property
    def stays(self) -> bool:
        """Whether it keeps its name, so that the old one has to go before the new one comes."""
        if self.old is None or self.new is None:
            return False
        return (self.old.old_namespace, self.old.old_title) == (self.new.namespace, self.new.title)


def rows_of(preview: Preview, changes: list[Change]) -> list[Row]:
    """A row for each service that runs before or after, in the catalogue's order."""
    pairs = list(_pairs(changes))
    secrets = {change.name for change in changes if change.kind == "Secret"}
    sockets = [pair for pair in pairs if pair.service.public_path and pair.new is not None]
    with_sockets = {pair.release for pair in sockets}
    scaled = _autoscalers(changes)
    rows = [
        _row(pair, secrets, scaled, holder=_holds(pair.service, pair.release in with_sockets))
        for pair in pairs
    ]
    known = {row.service for row in rows}
    rows += [_unchanged(service, number) for service, number in _told(preview, known)]
    return sorted(rows, key=lambda row: (SERVICES.index(row.service), row.release))


def workspace(rows: Iterable[Row]) -> Row | None:
    """The monolith's row: every workspace has one."""
    return next((row for row in rows if row.service is ROCKETCHAT), None)


def image_of(one: State | None, service: Service) -> str:
    """The image that does a service's work."""
    return text(main_container(one, service.container).get("image")) if one else ""


def tag_of(image: str) -> str:
    """`8.6.1` of `registry:5000/rocket.chat:8.6.1@sha256:…`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def _holds(service: Service, dedicated: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
    """Whether people's sockets end at a service: at the monolith where no other holds them."""
    return service.public_path is not None or (service is ROCKETCHAT and not dedicated)


def _pairs(changes: list[Change]) -> Iterable[_Pair]:
    """Each service's workload before and after; one that moves is removed and added."""
    removed: dict[tuple[str, str], list[Change]] = {}
    added: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.kind not in WORKLOADS:
            continue
        before, after = _known(change.old, change.kind), _known(change.new, change.kind)
        if before and after and before == after:
            yield _Pair(*after, change, change)
            continue
        if before and change.op is not Op.CREATE:
            removed.setdefault((before[0].name, before[1]), []).append(change)
        if after and change.op is not Op.DELETE:
            added.setdefault((after[0].name, after[1]), []).append(change)
    by_name = {service.name: service for service in SERVICES}
    for name, release in sorted(removed.keys() | added.keys()):
        gone, came = removed.get((name, release), []), added.get((name, release), [])
        for i in range(max(len(gone), len(came))):
            yield _Pair(
                by_name[name],
                release,
                gone[i] if i < len(gone) else None,
                came[i] if i < len(came) else None,
            )


def _known(one: State, kind: str) -> tuple[Service, str] | None:
    """The service that a workload runs, and its release."""
    selector = mapping(mapping(one.get("spec")).get("selector"))
    labels = {key: text(held) for key, held in mapping(selector.get("matchLabels")).items()}
    release = labels.get(_RELEASE, "")
    for service in SERVICES:
        if service.kind == kind and service.matches(labels, release):
            return service, release
    return None


def _autoscalers(changes: list[Change]) -> tuple[dict[tuple[str, str, str], State], ...]:
    """Before and after: the autoscaler of each workload, by what the workload is known by."""
    before: dict[tuple[str, str, str], State] = {}
    after: dict[tuple[str, str, str], State] = {}
    for change in changes:
        if change.kind != "HorizontalPodAutoscaler":
            continue
        for one, held in ((change.old, before), (change.new, after)):
            target = mapping(mapping(one.get("spec")).get("scaleTargetRef"))
            if target:
                key = (text(target.get("kind")), change.namespace, text(target.get("name")))
                held[key] = one
    return before, after


def _row(
    pair: _Pair,
    secrets: set[str],
    scaled: tuple[dict[tuple[str, str, str], State], ...],
    *,
    holder: bool,
) -> Row:
    old = pair.old.old if pair.old else None
    new = pair.new.new if pair.new else None
    before = instances(old, scaled[0].get(pair.old.key)) if pair.old and old else NONE
    after = instances(new, scaled[1].get(pair.new.key)) if pair.new and new else NONE
    op = pair.op
    restarts: tuple[str, ...] = ()
    if old is not None and new is not None:
        if op is Op.REPLACE:
            restarts = ("replaced" if pair.stays else "moved",)
        else:
            restarts = tuple(reasons(old, new, secrets))
    notice, why = _notice(pair, before, after, restarts, holder=holder)
    return Row(
        service=pair.service,
        release=pair.release,
        old=old,
        new=new,
        before=before,
        after=after,
        image_before=image_of(old, pair.service),
        image_after=image_of(new, pair.service),
        op=op,
        restarts=restarts,
        notice=notice,
        why=why,
    )


def _notice(  # noqa: PLR0911 - one way out for each thing that may happen to a service
    pair: _Pair,
    before: Instances,
    after: Instances,
    restarts: tuple[str, ...],
    *,
    holder: bool,
) -> tuple[Notice, str]:
    if before.most == 0:
        return Notice.NOTHING, ""
    if after.most == 0:
        if pair.service is ROCKETCHAT:
            return Notice.DOWNTIME, "the workspace is gone"
        if holder:
            return Notice.SOCKETS, "to the monolith"
        return Notice.NOTHING, ""
    served = Notice.SOCKETS if holder else Notice.RESTART
    if pair.op is Op.REPLACE:
        if pair.stays:
            return Notice.DOWNTIME, "removed before it is made anew"
        return served, ""
    if restarts:
        workload = {**pair.new.new, "kind": pair.service.kind} if pair.new else {}
        if rollout(workload, after.least) is Rollout.KEPT:
            return served, ""
        one = "its one instance stops" if after.least == 1 else "all instances stop"
        return Notice.DOWNTIME, f"{one} before another is ready"
    if after.least < before.least and holder:
        return Notice.SOCKETS, "those of the instances that go"
    return Notice.NOTHING, ""


def _told(preview: Preview, known: set[Service]) -> list[tuple[Service, Instances]]:
    """Services of which only the stack's outputs tell: a preview may leave out what stays."""
    told = mapping(preview.outputs.get("instances"))
    numbers = [(service, told.get(service.config_name)) for service in SERVICES]
    return [
        (service, Instances(int(number), int(number)))
        for service, number in numbers
        if service not in known and isinstance(number, int | float) and 0 < number < 10**6
    ]


def _unchanged(service: Service, number: Instances) -> Row:
    return Row(service, "", None, None, number, number, "", "", Op.SAME, (), Notice.NOTHING, "")
