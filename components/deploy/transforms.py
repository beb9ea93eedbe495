"""Changes to objects that depend on Outputs or on secrets, which only the engine knows."""

from collections.abc import Collection, Mapping
from typing import cast

import pulumi

from components.inputs.pod_template_overrides import PodTemplateOverrides
from components.kube.objects import KubernetesObject, referenced_secrets, workloads
from components.manifests.drift import REPLICAS, Key
from components.manifests.pod_overrides import override_template


def add_secret_checksums(
    objects: list[KubernetesObject],
    digests: Mapping[str, pulumi.Output[str]],
) -> list[KubernetesObject]:
    """Annotates the pods of each workload with the digests of the Secrets that they read.

    A workload then rolls when one of its Secrets changes.

    Args:
        objects: The objects, whose workloads are changed in place.
        digests: The digest of each Secret, by the Secret's name.

    Returns:
        `objects`.
    """
    for workload in workloads(objects):
        checksums = {
            f"checksum/{name}": digests[name]
            for name in referenced_secrets(workload) & digests.keys()
        }
        if checksums:
            metadata = workload["spec"]["template"].setdefault("metadata", {})
            metadata["annotations"] = {**metadata.get("annotations", {}), **checksums}
    return objects


def pod_overrides_transform(overrides: PodTemplateOverrides) -> pulumi.ResourceTransform:
    """Returns the transform that applies each override to its workload as that is registered.

    An override may contain secrets. In the inputs of the child resource they stay encrypted, while
    in the ConfigGroup's own list of objects the state would have them in plain text; see
    https://github.com/pulumi/pulumi-kubernetes/issues/3894. Once the state encrypts them there too,
    overrides can be applied before the objects are registered.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        obj = cast("KubernetesObject", args.props)
        changed = override_template(obj, overrides)
        return None if changed is obj else pulumi.ResourceTransformResult(changed, args.opts)

    return transform


def autoscaled_transform(autoscaled: Collection[Key]) -> pulumi.ResourceTransform:
    """Returns the transform that leaves the number of instances to whoever has set it.

    The provider keeps the live value of an ignored field. Without that, switching an autoscaler on
    would first set a workload to a single instance, since the field would have no owner any more,
    and switching it off would set it to the config's number at once.

    Args:
        autoscaled: Kind and name of each workload that an autoscaler scales.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        obj = cast("KubernetesObject", args.props)
        name = obj.get("metadata", {}).get("name")
        if (obj.get("kind"), name) not in autoscaled:
            return None
        ignored = pulumi.ResourceOptions(ignore_changes=[REPLICAS])
        opts = pulumi.ResourceOptions.merge(args.opts, ignored)
        return pulumi.ResourceTransformResult(args.props, opts)

    return transform
