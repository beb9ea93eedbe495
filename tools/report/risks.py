"""What to stop for, and what is worth knowing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from components.deploy.upgrade_rules import UpgradeKind, UpgradeStep, Versions, upgrade_steps
from components.inputs.replicas import needed_for
from components.inputs.table import TRANSPORTER
from components.kube.quantities import parse_quantity
from components.services import NATS, ROCKETCHAT
from tools.report.changes import CHART_LABEL, Change, mapping, maps, metadata, text
from tools.report.pods import NONE, main_container, secrets_read
from tools.report.preview import Op, Preview, State
from tools.report.remedies import way_out
from tools.report.services import WORKLOADS, Row, tag_of, workspace
from tools.report.words import Sentence, joined, listed, many, say

VOLUMES = ("PersistentVolumeClaim", "PersistentVolume")
KEPT_WHOLE = (*VOLUMES, "Secret", "Namespace")
"""Kinds whose removal takes more with it than can be made anew from the program."""


MOST_PATHS = 5
"""More of the fields that force a replacement aren't named one by one."""


class Kind(Enum):
    """What a person stops for, in the order in which it is told."""

    GONE = "workspace removed"
    DELETED = "deletion"
    REPLACED = "replacement"
    SHRUNK = "volume shrunk"
    TOO_FEW = "too few instances"
    DOWNGRADE = "downgrade"
    SKIPPED = "skipped major"
    MAJOR = "chart major"


DESTRUCTIVE = (Kind.GONE, Kind.DELETED, Kind.REPLACED)
_UPGRADES = {
    UpgradeKind.APP_DOWNGRADE: Kind.DOWNGRADE,
    UpgradeKind.APP_MAJOR_SKIPPED: Kind.SKIPPED,
    UpgradeKind.CHART_DOWNGRADE: Kind.DOWNGRADE,
    UpgradeKind.CHART_MAJOR: Kind.MAJOR,
}
"""The upgrade rules' steps to stop for."""


@dataclass(frozen=True)
class Stop:
    """One thing to stop for."""

    kind: Kind
    what: Sentence
    way_out: str
    objects: tuple[tuple[str, str, str], ...] = ()
    """The objects that it is about, by kind, namespace and name."""


def stops_of(preview: Preview, changes: list[Change], rows: list[Row]) -> list[Stop]:
    """Everything to stop for, the worst first."""
    found = [
        *_gone(rows),
        *(stop for change in changes for stop in _object(change)),
        *_too_few(preview, rows),
        *_versions(preview, rows),
    ]
    order = list(Kind)
    return sorted(found, key=lambda stop: (order.index(stop.kind), stop.objects))


def notes_of(preview: Preview, changes: list[Change], rows: list[Row]) -> list[Sentence]:
    """What is worth knowing, and nothing to stop for."""
    return [
        *_address(rows),
        *_major(preview, rows),
        *_missing(changes),
        *_bus(rows),
        *_rotated(changes),
    ]


def _gone(rows: list[Row]) -> Iterator[Stop]:
    for row in rows:
        if row.service is ROCKETCHAT and row.before.most and not row.after.most:
            yield Stop(
                Kind.GONE,
                say("The monolith goes, and the workspace with it."),
                "If it only moves, look whether its release or its labels are meant to change.",
            )


def _object(change: Change) -> Iterator[Stop]:
    if change.op is Op.REPLACE:
        yield Stop(
            Kind.REPLACED,
            _replaced(change),
            way_out(change.kind, change.forcing),
            (change.key,),
        )
    elif change.op is Op.DELETE and change.kind in KEPT_WHOLE and not change.step.retained:
        yield Stop(
            Kind.DELETED,
            joined(_named(change.title, change.namespace), say(" is removed.")),
            _lost(change),
            (change.key,),
        )
    elif change.kind == VOLUMES[0] and change.op is Op.UPDATE:
        before, after = _size(change.old), _size(change.new)
        old, new = parse_quantity(before), parse_quantity(after)
        if old is not None and new is not None and new < old:
            yield Stop(
                Kind.SHRUNK,
                say("{} shrinks from {} to {}, and no volume can.", change.title, before, after),
                "Put the old size back; or make a second, smaller volume, copy the files over, and"
                " switch to it.",
                (change.key,),
            )


def _replaced(change: Change) -> Sentence:
    old = _named(change.old_title, change.old_namespace)
    new = _named(change.title, change.namespace)
    does = say(" is removed and made anew")
    if old != new:
        does = joined(say(" is replaced by "), new)
    paths = change.forcing
    why = say("")
    if paths:
        shown = [*paths[:MOST_PATHS], *_more(len(paths) - MOST_PATHS)]
        why = say(f", since {listed(['{}'] * len(shown))} can't change in place", *shown)
    return joined(old, does, why, say("."))


def _more(number: int) -> list[str]:
    return [f"{number} more"] if number > 0 else []


def _named(title: str, namespace: str) -> Sentence:
    return say("{} in {}", title, namespace) if namespace else say("{}", title)


def _lost(change: Change) -> str:
    if change.kind in VOLUMES:
        return (
            "The files on it are lost, unless its storage class retains them. Copy them first, or"
            " keep the volume."
        )
    if change.kind == "Namespace":
        return "Everything in it goes too, what this program didn't make included."
    return "Whatever else reads it finds it gone. Keep a copy if it is the only one."


def _size(one: State) -> str:
    requests = mapping(mapping(mapping(one.get("spec")).get("resources")).get("requests"))
    return text(requests.get("storage"))


def _too_few(preview: Preview, rows: list[Row]) -> Iterator[Stop]:
    given = preview.config.get("concurrentUsers", "")
    users = int(given) if re.fullmatch(r"\d{1,9}", given, re.ASCII) else None
    for row in rows:
        needed = needed_for(row.service, users)
        if needed is not None and row.after != NONE and row.after.most < needed:
            yield Stop(
                Kind.TOO_FEW,
                say(
                    f"{row.service.kebab_name} has {many(row.after.most, 'instance')}, and {users:,}"
                    f" concurrent users need {needed}: one for each"
                    f" {row.service.users_per_instance}.",
                ),
                f"Raise replicas.{row.service.config_name} to {needed}, or leave it out.",
                (row.key,),
            )


def _versions(preview: Preview, rows: list[Row]) -> Iterator[Stop]:
    for step in _upgrade_steps(preview, rows):
        kind = _UPGRADES.get(step.kind)
        if kind is not None:
            yield Stop(kind, say(step.reason), step.remedy)


def _upgrade_steps(preview: Preview, rows: list[Row]) -> Iterator[UpgradeStep]:
    """The steps between the versions before and after; what depends on the config isn't known."""
    row = workspace(rows)
    if row is None:
        return
    chart = _chart(row.old) or text(preview.outputs.get("chartVersion"))
    before = Versions(chart, tag_of(row.image_before))
    after = Versions(_chart(row.new), tag_of(row.image_after))
    yield from upgrade_steps(before, after)


def _chart(one: State | None) -> str:
    labels = mapping(metadata(one or {}).get("labels"))
    return text(labels.get(CHART_LABEL)).rpartition("rocketchat-")[2]


def _address(rows: list[Row]) -> Iterator[Sentence]:
    row = workspace(rows)
    if row is None or row.old is None or row.new is None:
        return
    before, after = _variable(row, row.old, "ROOT_URL"), _variable(row, row.new, "ROOT_URL")
    if before and after and before != after:
        yield say(
            "The workspace's address goes from {} to {}. Clients that know the old one have to be"
            " told; DNS, the TLS certificate and log-in by other services have to know the new one"
            " first.",
            before,
            after,
        )


def _major(preview: Preview, rows: list[Row]) -> Iterator[Sentence]:
    for step in _upgrade_steps(preview, rows):
        if step.kind is UpgradeKind.APP_NEXT_MAJOR:
            yield say(f"{step.reason} {step.remedy}")


def _missing(changes: list[Change]) -> Iterator[Sentence]:
    """Secrets that are needed where they weren't before, and that this program doesn't make."""
    made = {(c.namespace, c.name) for c in changes if c.kind == "Secret" and c.new}
    before = {(c.old_namespace, name) for c in changes for name in _needed(c, c.old)}
    needed: dict[str, set[str]] = {}
    for change in changes:
        for name in _needed(change, change.new):
            if (change.namespace, name) not in made | before:
                needed.setdefault(change.namespace, set()).add(name)
    for namespace, missing in sorted(needed.items()):
        slots = listed(["{}"] * len(missing))
        yield say(
            f"{slots} {'has' if len(missing) == 1 else 'have'} to be in {{}} first: what runs there"
            " needs it, and this program doesn't make it.",
            *sorted(missing),
            namespace,
        )


def _needed(change: Change, one: State) -> set[str]:
    if change.kind in WORKLOADS:
        return secrets_read(one)
    if change.kind != "Ingress":
        return set()
    tls = maps(mapping(one.get("spec")).get("tls"))
    return {text(each.get("secretName")) for each in tls} - {""}


def _bus(rows: list[Row]) -> Iterator[Sentence]:
    moved = [
        row
        for row in rows
        if row.old is not None
        and row.new is not None
        and row.service is not NATS
        and (was := _variable(row, row.old, TRANSPORTER)) != _variable(row, row.new, TRANSPORTER)
        and was
    ]
    if len(moved) > 1:
        yield say(
            f"{many(len(moved), 'service')} move to another bus. Until the last pod has, those on"
            " one don't hear those on the other: messages and presence may show up late.",
        )


def _rotated(changes: list[Change]) -> Iterator[Sentence]:
    for change in changes:
        if change.kind == "Secret" and change.op is Op.UPDATE and change.secret_keys:
            keys = change.secret_keys
            yield say(
                f"{{}} gets a new value for {listed(['{}'] * len(keys))}.",
                change.title,
                *keys,
            )


def _variable(row: Row, one: State, name: str) -> str:
    """An environment variable of a service, or where its value comes from, as one text."""
    env = maps(main_container(one, row.service.container).get("env"))
    held = [each for each in env if each.get("name") == name]
    return text(held[-1].get("value") or held[-1].get("valueFrom")) if held else ""
