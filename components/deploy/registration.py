"""Registers a workspace's resources with the engine, as children of its component."""

from collections.abc import Collection, Sequence

import pulumi

from components.deploy import resources
from components.deploy.failure_hook import failure_hook_transform
from components.deploy.provider_annotations import (
    FIELD_MANAGER,
    annotate,
    provider_annotations,
)
from components.deploy.secrets import digest_of, secrets_of
from components.deploy.transforms import (
    add_secret_checksums,
    autoscaled_transform,
    pod_overrides_transform,
)
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject
from components.manifests.drift import Key
from components.manifests.pod_overrides import override_template
from components.manifests.pod_security import namespace_of


def register(
    parent: pulumi.Resource,
    name: str,
    spec: WorkspaceSpec,
    objects: list[KubernetesObject],
    autoscaled: Collection[Key],
) -> list[KubernetesObject]:
    """Registers the namespace, then the Secrets, then the objects.

    Args:
        parent: The component.
        name: The component's name, with which the names of its children begin.
        spec: The workspace.
        objects: Its objects, patched and verified.
        autoscaled: Kind and name of each workload whose number of instances an autoscaler chooses.

    Returns:
        The namespace and the objects as they were registered, which may contain Outputs.
    """
    annotations = provider_annotations(pulumi.get_stack(), spec.args["timeout_seconds"])
    namespaces = _namespaces(parent, name, spec, annotations)
    secrets = secrets_of(spec)
    registered = [
        resources.secret(
            f"{name}-{secret.name}",
            {"name": secret.name, "namespace": spec.namespace, "annotations": annotations},
            secret.data,
            pulumi.ResourceOptions(
                parent=parent,
                depends_on=namespaces,
                # The provider keeps what it receives as stringData in data.
                ignore_changes=["data", "stringData"] if secret.drawn else None,
            ),
        )
        for secret in secrets
    ]
    digests = {
        secret.name: digest_of(secret, spec.namespace) for secret in secrets if not secret.drawn
    }
    overrides = spec.pod_template_overrides
    transforms = [
        pod_overrides_transform(overrides) if overrides else None,
        autoscaled_transform(autoscaled) if autoscaled else None,
        failure_hook_transform(parent, name, spec.namespace, annotations[FIELD_MANAGER]),
    ]
    annotated = [annotate(obj, annotations) for obj in add_secret_checksums(objects, digests)]
    resources.config_group(
        f"{name}-objects",
        annotated,
        name,
        pulumi.ResourceOptions(
            parent=parent,
            depends_on=[*namespaces, *registered],
            transforms=[transform for transform in transforms if transform] or None,
        ),
    )
    return [
        annotate(namespace_of(spec.namespace, spec.resilience), annotations),
        *(override_template(obj, spec.pod_template_overrides) for obj in annotated),
    ]


def _namespaces(
    parent: pulumi.Resource, name: str, spec: WorkspaceSpec, annotations: dict[str, str]
) -> Sequence[pulumi.Resource]:
    """Returns the registered namespace, or nothing where the workspace doesn't create one."""
    if not spec.args["create_namespace"]:
        return []
    metadata = {
        **namespace_of(spec.namespace, spec.resilience)["metadata"],
        "annotations": annotations,
    }
    options = pulumi.ResourceOptions(parent=parent)
    return [resources.namespace(f"{name}-namespace", metadata, options)]
