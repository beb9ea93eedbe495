"""Consequences of a change that a reviewer should know, but that are no risk."""

from collections import defaultdict
from collections.abc import Iterator

from components.deploy.upgrade_rules import UpgradeKind
from components.inputs.definitions import TRANSPORTER
from components.kube.objects import find_env, nested_list, referenced_secrets
from components.services import NATS
from tools.report.changes import ObjectChange
from tools.report.pods import main_container
from tools.report.preview import Op, Preview, Properties, to_string
from tools.report.sentences import Sentence, enumeration, plural, sentence
from tools.report.services import ServiceChange, monolith_change
from tools.report.upgrades import find_upgrade_steps
from tools.report.workload_pairs import WORKLOAD_KINDS


def find_notes(
    preview: Preview, changes: list[ObjectChange], services: list[ServiceChange]
) -> list[Sentence]:
    """All notes on a change."""
    return [
        *_pause(services),
        *_new_address(services),
        *_next_major(preview, services),
        *_missing_secrets(changes),
        *_new_bus(services),
        *_rotated_secrets(changes),
    ]


def _pause(services: list[ServiceChange]) -> Iterator[Sentence]:
    monolith = monolith_change(services)
    if monolith is None:
        return
    if monolith.paused and monolith.before.maximum:
        yield sentence(
            "The workspace is paused on purpose, by {}: no instance runs, and the rest stays as it"
            " is, with volumes and Secrets. Without that key all of it comes back, NATS first.",
            "pause: true",
        )
    elif monolith.paused:
        yield sentence("The workspace stays paused on purpose, by {}.", "pause: true")
    elif monolith.resumed:
        yield sentence("The workspace comes back from its pause, NATS first.")


def _new_address(services: list[ServiceChange]) -> Iterator[Sentence]:
    monolith = monolith_change(services)
    if monolith is None or monolith.old is None or monolith.new is None:
        return
    before = _variable(monolith, monolith.old, "ROOT_URL")
    after = _variable(monolith, monolith.new, "ROOT_URL")
    if before and after and before != after:
        yield sentence(
            "The workspace's address changes from {} to {}. Set up DNS, the TLS certificate and"
            " external login services for the new address first, and tell users, whose apps still"
            " have the old one.",
            before,
            after,
        )


def _next_major(preview: Preview, services: list[ServiceChange]) -> Iterator[Sentence]:
    for step in find_upgrade_steps(preview, services):
        if step.kind is UpgradeKind.APP_NEXT_MAJOR:
            yield sentence(f"{step.reason} {step.remedy}")


def _missing_secrets(changes: list[ObjectChange]) -> Iterator[Sentence]:
    """Secrets that are newly required and that this program doesn't create."""
    created = {
        (change.namespace, change.name)
        for change in changes
        if change.kind == "Secret" and change.new
    }
    required_before = {
        (change.old_namespace, name)
        for change in changes
        for name in _required_secrets(change.kind, change.old)
    }
    missing: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        for name in _required_secrets(change.kind, change.new):
            if (change.namespace, name) not in created | required_before:
                missing[change.namespace].add(name)
    for namespace, names in sorted(missing.items()):
        placeholders = enumeration(["{}"] * len(names))
        verb, pronoun = ("has", "it") if len(names) == 1 else ("have", "them")
        yield sentence(
            f"{placeholders} {verb} to exist in {{}} first: the workspace needs {pronoun}, and this"
            f" program doesn't create {pronoun}.",
            *sorted(names),
            namespace,
        )


def _required_secrets(kind: str, obj: Properties) -> set[str]:
    if kind in WORKLOAD_KINDS:
        return referenced_secrets(obj, optional=False)
    if kind != "Ingress":
        return set()
    tls = nested_list(obj, "spec", "tls")
    return {to_string(entry.get("secretName")) for entry in tls} - {""}


def _new_bus(services: list[ServiceChange]) -> Iterator[Sentence]:
    moved = 0
    for change in services:
        if change.old is None or change.new is None or change.service is NATS:
            continue
        before = _variable(change, change.old, TRANSPORTER)
        moved += bool(before) and before != _variable(change, change.new, TRANSPORTER)
    if moved > 1:
        yield sentence(
            f"{plural(moved, 'service')} move to another NATS. Until all of their pods are"
            " replaced, pods on the old and on the new NATS don't reach each other: messages and"
            " presence may arrive late.",
        )


def _rotated_secrets(changes: list[ObjectChange]) -> Iterator[Sentence]:
    for change in changes:
        keys = change.changed_secret_keys
        if change.kind == "Secret" and change.op is Op.UPDATE and keys:
            placeholders = enumeration(["{}"] * len(keys))
            yield sentence(
                f"{{}} gets a new value for {placeholders}.", change.kind_and_name, *keys
            )


def _variable(change: ServiceChange, workload: Properties, name: str) -> str:
    """The value of an environment variable, or its source as JSON."""
    entry = find_env(main_container(workload, change.service.container), name) or {}
    return to_string(entry.get("value") or entry.get("valueFrom"))
