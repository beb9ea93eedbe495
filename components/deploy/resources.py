"""The Kubernetes provider's resources that the component registers, by their tokens.

The SDK has a class for each. Those of `core/v1` come with a class for every type of that API, and
importing them takes longer than all else that the program does. They also name the provider's
version, which a ConfigGroup's children and the rendering don't: that would be a second process of
the provider. Without it the engine takes the version of the SDK that is installed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


def namespace(
    name: str,
    metadata: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """A Namespace with the name and the rest of `metadata`."""
    props = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    return pulumi.CustomResource("kubernetes:core/v1:Namespace", name, props, opts)


def secret(
    name: str,
    metadata: Mapping[str, Any],
    data: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """A Secret; its data is encrypted in the state, also as what Kubernetes makes of it."""
    props = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "stringData": pulumi.Output.secret(data),
    }
    sealed = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
    opts = pulumi.ResourceOptions.merge(opts, sealed)
    return pulumi.CustomResource("kubernetes:core/v1:Secret", name, props, opts)


def config_group(
    name: str,
    objects: Sequence[Mapping[str, Any]],
    prefix: str,
    opts: pulumi.ResourceOptions,
) -> pulumi.ComponentResource:
    """All of `objects`, each a child whose name begins with `prefix`."""
    props = {"objs": objects, "resourcePrefix": prefix}
    token = "kubernetes:yaml/v2:ConfigGroup"  # noqa: S105 - the type's, and no secret
    return pulumi.ComponentResource(token, name, props, opts, remote=True)
