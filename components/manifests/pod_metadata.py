"""What pods carry besides their containers: labels, annotations, credentials for registries."""

from components.inputs.service_args import ServiceSettingsArgs
from components.kube.objects import KubernetesObject, nested_list, pod_spec


def set_pod_metadata(workload: KubernetesObject, settings: ServiceSettingsArgs) -> None:
    """Adds a service's own annotations and labels to its pods."""
    metadata = workload["spec"]["template"].setdefault("metadata", {})
    given = {
        "annotations": settings.get("pod_annotations", {}),
        "labels": settings.get("pod_labels", {}),
    }
    for field, added in given.items():
        if added:
            metadata[field] = {**(metadata.get(field) or {}), **added}


def add_pull_secrets(workload: KubernetesObject, names: list[str]) -> None:
    """Gives a workload's pods the credentials of registries."""
    pod = pod_spec(workload)
    present = [item.get("name") for item in nested_list(pod, "imagePullSecrets")]
    pod["imagePullSecrets"] = [{"name": name} for name in dict.fromkeys([*present, *names])]
