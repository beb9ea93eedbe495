"""Who decides how many instances of a workload run: the config, or an autoscaler on the cluster."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, kind_and_name, nested_list, nested_map
from components.manifests.drift import Key, key_of
from components.manifests.workloads import service_workloads

AUTOSCALER_KINDS = ("HorizontalPodAutoscaler", "ScaledObject")


@dataclass(frozen=True)
class Autoscalers:
    """What autoscalers mean for an update."""

    ignored: set[Key] = field(default_factory=set)
    """The workloads whose number of instances the update leaves as it is."""
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def find_autoscalers(
    objects: list[KubernetesObject],
    live: Iterable[KubernetesObject],
    spec: WorkspaceSpec,
    manager: str,
) -> Autoscalers:
    """Returns what the autoscalers of the workspace and on the cluster mean for an update.

    Args:
        objects: The workspace's objects.
        live: The objects on the cluster, with `managedFields`.
        spec: The workspace.
        manager: The stack's own field manager.
    """
    live = list(live)
    declared = [obj for obj in objects if obj["kind"] in AUTOSCALER_KINDS]
    names = {kind_and_name(obj) for obj in declared}
    others = [obj for obj in live if _is_autoscaler(obj) and kind_and_name(obj) not in names]
    numbers = {kind_and_name(obj): nested_map(obj, "spec").get("replicas") for obj in live}
    found = Autoscalers()
    for service, workload in service_workloads(objects, spec.release):
        name = kind_and_name(workload)
        number = numbers.get(name)
        autoscaling = spec.format_key(f"services.{service.name}.autoscaling")
        replicas = spec.format_key(f"replicas.{service.name}")
        targeting = [obj for obj in others if _targets(obj, workload)]
        foreign = [kind_and_name(obj) for obj in targeting if not _is_managed_by(obj, manager)]
        own = any(_targets(obj, workload) for obj in declared)
        if own and foreign:
            found.errors.append(
                f"{autoscaling}: {' and '.join(foreign)} on the cluster scales {name} too, and two"
                " autoscalers undo each other. Delete that, or remove this key."
            )
        elif len(foreign) > 1:
            found.errors.append(
                f"{replicas}: {' and '.join(foreign)} on the cluster both scale {name}, and undo"
                " each other. Delete all but one."
            )
        keda = any(obj["kind"] == "ScaledObject" for obj in targeting)
        if spec.paused:
            if keda:
                found.warnings.append(
                    f"{spec.format_key('pause')}: KEDA may start {name} again. Annotate"
                    f" {foreign[0]} with autoscaling.keda.sh/paused-replicas=0 for that time."
                )
            continue
        # Kubernetes' own autoscaler leaves a workload alone that somebody has scaled to 0.
        stopped = number == 0 and not keda
        if (own or targeting) and not stopped:
            found.ignored.add(key_of(workload))
        if stopped:
            continue
        if foreign and not own:
            now = f" ({number} now)" if number is not None else ""
            found.warnings.append(
                f"{replicas}: {foreign[0]} on the cluster, which isn't this stack's, scales {name}."
                f" The number of instances{now} is left to it."
            )
        elif targeting and not own and number is not None:
            wanted = workload["spec"].get("replicas", 1)
            found.warnings.append(
                f"{autoscaling}: is switched off, and {name} keeps the {number} instances that its"
                f" autoscaler chose last. A later update makes it {wanted}; give {replicas} another"
                " number if that is too few."
            )
    return found


def _is_autoscaler(obj: KubernetesObject) -> bool:
    """Whether an object scales something by itself.

    KEDA works by an autoscaler of Kubernetes, which belongs to KEDA's own object.
    """
    owners = nested_list(obj, "metadata", "ownerReferences")
    return obj["kind"] in AUTOSCALER_KINDS and not any(
        owner.get("kind") in AUTOSCALER_KINDS for owner in owners
    )


def _targets(autoscaler: KubernetesObject, workload: KubernetesObject) -> bool:
    target = nested_map(autoscaler, "spec", "scaleTargetRef")
    # KEDA's default is a Deployment.
    return (target.get("kind", "Deployment"), target.get("name")) == key_of(workload)


def _is_managed_by(obj: KubernetesObject, manager: str) -> bool:
    entries = nested_list(obj, "metadata", "managedFields")
    return any(entry.get("manager") == manager for entry in entries)
