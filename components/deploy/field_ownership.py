"""Whose an object's fields are: this stack's, an autoscaler's, or another stack's by mistake."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.deploy.live_objects import LiveObjects
from components.deploy.provider_annotations import FIELD_MANAGER_PREFIX, field_manager
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import (
    KubernetesObject,
    kind_and_name,
    nested_map,
    to_plain_json,
)
from components.manifests.added_services import run_elsewhere
from components.manifests.drift import (
    ABSENT,
    Drift,
    Key,
    describe,
    find_drift,
    helm_releases,
    key_of,
    other_stacks,
)
from components.manifests.live_autoscalers import find_autoscalers
from components.manifests.pod_overrides import override_template
from components.manifests.pod_security import namespace_of

FORCE_VARIABLE = "PULUMI_K8S_ENABLE_PATCH_FORCE"
"""The provider's own variable, by which an operator takes objects from another stack or Helm."""


@dataclass(frozen=True)
class FieldOwnership:
    """What an update leaves to others, and what it takes from them."""

    autoscaled: Collection[Key]
    """The workloads whose number of instances the update leaves as it is."""
    warnings: Sequence[str]
    drifts: Sequence[Drift]
    """What others have changed, and what is new: `warn_of_drifts` distinguishes the two."""
    live: Sequence[KubernetesObject]


def check_ownership(
    spec: WorkspaceSpec, objects: list[KubernetesObject], live: LiveObjects
) -> FieldOwnership:
    """Returns what an update takes from others and what it leaves to them.

    Args:
        spec: The workspace.
        objects: Its objects, patched and verified.
        live: What is on the cluster.

    Raises:
        pulumi.RunError: If objects are another stack's or Helm's, or two autoscalers scale the same
            workload; the message lists all.
    """
    manager = field_manager(pulumi.get_stack())
    declared = [override_template(obj, spec.pod_template_overrides) for obj in objects]
    if spec.args["create_namespace"]:
        declared.append(namespace_of(spec.namespace, spec.resilience))
    autoscalers = find_autoscalers(objects, live.objects, spec, manager)
    errors = list(autoscalers.errors)
    if os.environ.get(FORCE_VARIABLE) != "true":
        errors += _owned_by_others(spec, declared, live, manager)
    if errors:
        lines = "".join(f"\n  - {error}" for error in errors)
        raise pulumi.RunError(
            f"Others manage what this stack declares; nothing was changed:{lines}"
        )
    warnings = list(autoscalers.warnings)
    if live.unreadable:
        warnings.append(
            f"What others have changed on the cluster can't be reported: {live.unreadable}."
            " The update takes back what the config declares all the same."
        )
    drifts = find_drift(declared, live.objects, manager, autoscalers.ignored)
    return FieldOwnership(autoscalers.ignored, warnings, drifts, live.objects)


def warn_of_drifts(
    component: pulumi.Resource, ownership: FieldOwnership, registered: Sequence[KubernetesObject]
) -> None:
    """Warns of what others have changed, and says whether this update changes it back.

    It does where the engine finds a difference between an object and what it last deployed. With
    `--refresh`, which no program can see, it finds what others have changed as well.

    Args:
        component: The component that the warnings are about.
        ownership: What `check_ownership` has found.
        registered: The objects as they were registered, which may contain Outputs.
    """
    if not ownership.drifts:
        return
    names = {drift.obj for drift in ownership.drifts}
    objects = [obj for obj in registered if kind_and_name(obj) in names]
    deployed = deployed_inputs()

    def warn(objects: list[KubernetesObject]) -> None:
        by_name = {kind_and_name(obj): obj for obj in objects}
        for drift in ownership.drifts:
            before = deployed.get(_identity(by_name[drift.obj]))
            updated = before is None or _differs(before, by_name[drift.obj], ownership.autoscaled)
            if _is_reported(drift, before, ownership, updated=updated):
                pulumi.log.warn(describe(drift, updated=updated), component)

    pulumi.Output.from_input(objects).apply(warn, run_with_unknowns=True)


def _is_reported(
    drift: Drift, before: KubernetesObject | None, ownership: FieldOwnership, *, updated: bool
) -> bool:
    """Whether a drift is somebody's doing, and of consequence for this update."""
    if drift.desired is ABSENT:
        return updated or any(
            other.obj == drift.obj and other.desired is not ABSENT for other in ownership.drifts
        )
    if drift.manager:
        return True
    # What nobody has written and the last update hadn't either is new.
    manager = field_manager(pulumi.get_stack())
    missing = find_drift([before] if before else [], ownership.live, manager)
    return any(drift.field == other.field and not other.manager for other in missing)


def _differs(
    before: KubernetesObject, after: KubernetesObject, autoscaled: Collection[Key]
) -> bool:
    """Whether the engine finds a difference, apart from the number that it has to ignore."""
    old, new = (_without_empty(to_plain_json(obj)) for obj in (before, after))
    if key_of(after) in autoscaled:
        for obj in (old, new):
            obj["spec"].pop("replicas", None)
    return bool(old != new)


def _without_empty(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a value without the empty objects and arrays in it, some of which the state omits."""
    if isinstance(value, Mapping):
        fields = {key: _without_empty(field) for key, field in value.items()}
        return {key: field for key, field in fields.items() if field not in ({}, [])}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _identity(obj: KubernetesObject) -> tuple[str, str, str]:
    return (*key_of(obj), str(obj["metadata"].get("namespace", "")))


def deployed_inputs() -> dict[tuple[str, str, str], KubernetesObject]:
    """Returns the objects as the last update has deployed them, by kind, name and namespace."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    token = "pulumi:pulumi:readStackResourceOutputs"  # noqa: S105 - a function is no secret
    try:
        answer = pulumi.runtime.invoke(token, {"stackName": name}).value or {}
    except Exception:  # noqa: BLE001 - the SDK raises a bare Exception; without it we say less
        return {}
    inputs = [
        to_plain_json(nested_map(resource, "outputs", "__inputs"))
        for resource in answer.get("outputs", {}).values()
    ]
    return {_identity(obj): obj for obj in inputs if "kind" in obj}


def _owned_by_others(
    spec: WorkspaceSpec, declared: list[KubernetesObject], live: LiveObjects, manager: str
) -> list[str]:
    namespace, release = spec.format_key("namespace"), spec.format_key("release_name")
    other = f"Choose another {namespace} or {release} for one of them"
    errors = [
        f"{_enumerate(names)} in namespace {spec.namespace}: stack {stack} has written them since"
        f" this one, and each would undo the other. {other}. If stack {stack} is gone or was"
        f" renamed to this one, run this update once with {FORCE_VARIABLE}=true."
        for stack, names in other_stacks(
            declared, live.objects, manager, FIELD_MANAGER_PREFIX
        ).items()
    ]
    switch = spec.format_key("omnichannel_services")
    for service, workload in run_elsewhere(live.objects, spec.release, FIELD_MANAGER_PREFIX):
        if service in spec.services:
            kind, name = workload["kind"], workload["metadata"]["name"]
            errors.append(
                f"{kind}/{name} in namespace {spec.namespace} runs {service.kebab_name} already,"
                " and this stack would run it, too. Delete it first (`kubectl delete"
                f" {kind.lower()} {name} --namespace {spec.namespace}`), or set {switch} to false"
                " and keep it."
            )
    errors += [
        f"{_enumerate(names)} in namespace {spec.namespace}: Helm's release {name} has installed"
        " them. Take the release over with `python -m tools.adopt` (docs/adopt.md), or choose"
        f" another {namespace} or {release}."
        for name, names in helm_releases(declared, live.objects, FIELD_MANAGER_PREFIX).items()
    ]
    return errors


def _enumerate(names: Sequence[str]) -> str:
    rest = len(names) - 1
    return f"{names[0]} and {rest} more" if rest else names[0]
