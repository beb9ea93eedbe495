"""Pod templates that keep what Helm gave them, so that taking over a release restarts no pod."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.inputs.errors import KeyFormat
from components.inputs.pod_template_overrides import PodTemplateOverrides
from components.kube.merge_patch import merge_patch
from components.kube.objects import KubernetesObject, kind_and_name, workloads


def unknown_workloads(
    overrides: PodTemplateOverrides, objects: list[KubernetesObject], key_format: KeyFormat
) -> str:
    """Returns an error if there are overrides for workloads that weren't rendered; else "".

    It doesn't show the unknown names, as the input may be encrypted.
    """
    names = sorted(workload["metadata"]["name"] for workload in workloads(objects))
    unknown = sum(name not in names for name in overrides)
    if not unknown:
        return ""
    return (
        f"{key_format('pod_template_overrides')}: {unknown} of its keys match no workload. Remove"
        f" all but those of {', '.join(names)}."
    )


def override_warnings(
    overrides: PodTemplateOverrides, objects: list[KubernetesObject], key_format: KeyFormat
) -> Iterator[str]:
    """A warning for each workload with overrides, with their paths and without their values."""
    for workload in workloads(objects):
        name = workload["metadata"]["name"]
        patch = overrides.get(name)
        if patch:
            paths = ", ".join(sorted(_paths(patch)))
            yield (
                f"{key_format('pod_template_overrides')}: the pods of {kind_and_name(workload)}"
                f" keep what Helm gave them, whatever the other keys say: {paths}. Remove {name}"
                " there when a restart is convenient."
            )


def override_template(obj: KubernetesObject, overrides: PodTemplateOverrides) -> KubernetesObject:
    """Returns a workload with its override applied, and any other object as it is."""
    spec = obj.get("spec")
    patch = overrides.get(obj.get("metadata", {}).get("name"))
    if not patch or not isinstance(spec, Mapping) or "template" not in spec:
        return obj
    return {**obj, "spec": {**spec, "template": merge_patch(spec["template"], patch)}}


def _paths(patch: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in patch.items():
        path = f"{above}.{key}".lstrip(".")
        # A variable's name says enough, whatever is overridden in it.
        if isinstance(value, Mapping) and value and not above.endswith(".env"):
            yield from _paths(value, path)
        else:
            yield path
