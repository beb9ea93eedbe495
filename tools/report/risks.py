"""Changes that need a decision before they are deployed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from components.deploy.upgrade_rules import UpgradeKind
from components.inputs.replicas import needed_for
from components.kube.objects import nested_map
from components.kube.quantities import parse_quantity
from components.services import ROCKETCHAT
from tools.report.changes import ObjectChange, ObjectKey
from tools.report.pods import NO_INSTANCES
from tools.report.preview import Op, Preview, Properties, to_string
from tools.report.remedies import SHRINK_REMEDY, replacement_remedy
from tools.report.sentences import Sentence, concat, enumeration, plural, sentence
from tools.report.services import ServiceChange
from tools.report.upgrades import find_upgrade_steps

VOLUME_KINDS = ("PersistentVolumeClaim", "PersistentVolume")
IRREPLACEABLE_KINDS = (*VOLUME_KINDS, "Secret", "Namespace")
"""Kinds that hold data which the program can't create again."""
_MAX_PATHS = 5
"""How many of the fields that force a replacement are named."""


class RiskKind(Enum):
    """The kinds of risk, the most severe first."""

    WORKSPACE_REMOVED = "workspace removed"
    DELETION = "deletion"
    REPLACEMENT = "replacement"
    SMALLER_VOLUME = "smaller volume"
    TOO_FEW_INSTANCES = "too few instances"
    DOES_NOT_FIT = "pods that don't come up"
    DOWNGRADE = "downgrade"
    SKIPPED_MAJOR = "skipped major version"
    CHART_MAJOR = "new major version of the chart"


DESTRUCTIVE_KINDS = (RiskKind.WORKSPACE_REMOVED, RiskKind.DELETION, RiskKind.REPLACEMENT)
_UPGRADE_RISKS = {
    UpgradeKind.APP_DOWNGRADE: RiskKind.DOWNGRADE,
    UpgradeKind.APP_MAJOR_SKIPPED: RiskKind.SKIPPED_MAJOR,
    UpgradeKind.CHART_DOWNGRADE: RiskKind.DOWNGRADE,
    UpgradeKind.CHART_MAJOR: RiskKind.CHART_MAJOR,
}


@dataclass(frozen=True)
class Risk:
    """One change that needs a decision."""

    kind: RiskKind
    description: Sentence
    remedy: str
    objects: tuple[ObjectKey, ...] = ()
    """The objects concerned."""


def find_risks(
    preview: Preview, changes: list[ObjectChange], services: list[ServiceChange]
) -> list[Risk]:
    """All risks of a change, the most severe first."""
    risks = [
        *_removed_workspaces(services),
        *(risk for change in changes for risk in _object_risks(change)),
        *_too_few_instances(preview, services),
        *_upgrade_risks(preview, services),
    ]
    return by_severity(risks)


def by_severity(risks: Iterable[Risk]) -> list[Risk]:
    """Returns risks, the most severe first."""
    order = list(RiskKind)
    return sorted(risks, key=lambda risk: (order.index(risk.kind), risk.objects))


def _removed_workspaces(services: list[ServiceChange]) -> Iterator[Risk]:
    for change in services:
        removed = change.before.maximum and not change.after.maximum and not change.paused
        if change.service is ROCKETCHAT and removed:
            yield Risk(
                RiskKind.WORKSPACE_REMOVED,
                sentence("The monolith is removed, and the workspace with it."),
                "If the workspace should only move, check whether its release name or its labels"
                " were changed by mistake.",
            )


def _object_risks(change: ObjectChange) -> Iterator[Risk]:
    if change.op is Op.REPLACE:
        yield Risk(
            RiskKind.REPLACEMENT,
            _describe_replacement(change),
            replacement_remedy(change.kind, change.replace_reasons),
            (change.key,),
        )
    elif is_destructive_deletion(change):
        yield Risk(
            RiskKind.DELETION,
            concat(
                _with_namespace(change.kind_and_name, change.namespace), sentence(" is removed.")
            ),
            _deletion_remedy(change),
            (change.key,),
        )
    elif change.kind == "PersistentVolumeClaim" and change.op is Op.UPDATE:
        before, after = _size(change.old), _size(change.new)
        old, new = parse_quantity(before), parse_quantity(after)
        if old is not None and new is not None and new < old:
            yield Risk(
                RiskKind.SMALLER_VOLUME,
                sentence(
                    "{} is to shrink from {} to {}, but volumes can't shrink.",
                    change.kind_and_name,
                    before,
                    after,
                ),
                SHRINK_REMEDY,
                (change.key,),
            )


def is_destructive_deletion(change: ObjectChange) -> bool:
    """Whether an object is removed from the cluster whose data can't be created again."""
    return (
        change.op is Op.DELETE and change.kind in IRREPLACEABLE_KINDS and not change.step.retained
    )


def _describe_replacement(change: ObjectChange) -> Sentence:
    old = _with_namespace(change.old_kind_and_name, change.old_namespace)
    new = _with_namespace(change.kind_and_name, change.namespace)
    predicate = sentence(" is removed and created again")
    if old != new:
        predicate = concat(sentence(" is replaced by "), new)
    reason = sentence("")
    if paths := change.replace_reasons:
        shown = paths[:_MAX_PATHS]
        if len(paths) > _MAX_PATHS:
            shown.append(f"{len(paths) - _MAX_PATHS} more")
        placeholders = enumeration(["{}"] * len(shown))
        reason = sentence(f" because {placeholders} can't change in place", *shown)
    return concat(old, predicate, reason, sentence("."))


def _with_namespace(kind_and_name: str, namespace: str) -> Sentence:
    if namespace:
        return sentence("{} in {}", kind_and_name, namespace)
    return sentence("{}", kind_and_name)


def _deletion_remedy(change: ObjectChange) -> str:
    if change.kind in VOLUME_KINDS:
        return (
            "The files on it are lost, unless its storage class retains them. Copy them first, or"
            " keep the volume."
        )
    if change.kind == "Namespace":
        return "Everything in it is removed too, including what this program didn't create."
    return "Anything else that reads it fails without it. Keep a copy if it is the only one."


def _size(claim: Properties) -> str:
    return to_string(nested_map(claim, "spec", "resources", "requests").get("storage"))


def _too_few_instances(preview: Preview, services: list[ServiceChange]) -> Iterator[Risk]:
    configured = preview.config.get("concurrentUsers", "")
    users = int(configured) if re.fullmatch(r"\d{1,9}", configured, re.ASCII) else None
    for change in services:
        needed = needed_for(change.service, users)
        if needed is None or change.after == NO_INSTANCES or change.after.maximum >= needed:
            continue
        name = change.service.config_name
        remedy = f"Raise replicas.{name} to {needed}, or remove it."
        if change.after.minimum < change.after.maximum:
            remedy = f"Raise services.{name}.autoscaling.maxReplicas to {needed}."
        yield Risk(
            RiskKind.TOO_FEW_INSTANCES,
            sentence(
                f"{change.service.kebab_name} has {plural(change.after.maximum, 'instance')}, but"
                f" {users:,} concurrent users need {needed}: one for every"
                f" {change.service.users_per_instance}.",
            ),
            remedy,
            (change.key,),
        )


def _upgrade_risks(preview: Preview, services: list[ServiceChange]) -> Iterator[Risk]:
    for step in find_upgrade_steps(preview, services):
        kind = _UPGRADE_RISKS.get(step.kind)
        if kind is not None:
            yield Risk(kind, sentence(step.reason), step.remedy)
