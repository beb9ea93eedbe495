"""The Kubernetes provider's resources that the component registers, by their type tokens.

The SDK's own classes aren't used. Importing those of `core/v1` imports a class for every type of
that API, which takes longer than everything else in the program. They also pin the provider's
version, which the children of a ConfigGroup and the rendering don't, so that the engine would start
a second provider process. Without a version it uses that of the installed SDK.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


def namespace(
    name: str,
    metadata: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """Registers a Namespace with `metadata`, its name included."""
    props = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    return pulumi.CustomResource("kubernetes:core/v1:Namespace", name, props, opts)


def secret(
    name: str,
    metadata: Mapping[str, Any],
    data: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """Registers a Secret whose `stringData`, and the `data` that results, the state encrypts."""
    props = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "stringData": pulumi.Output.secret(data),
    }
    encrypted = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
    opts = pulumi.ResourceOptions.merge(opts, encrypted)
    return pulumi.CustomResource("kubernetes:core/v1:Secret", name, props, opts)


def config_group(
    name: str,
    objects: Sequence[Mapping[str, Any]],
    prefix: str,
    opts: pulumi.ResourceOptions,
) -> pulumi.ComponentResource:
    """Registers a ConfigGroup with each object as a child whose name begins with `prefix`."""
    props = {"objs": objects, "resourcePrefix": prefix}
    token = "kubernetes:yaml/v2:ConfigGroup"  # noqa: S105 - a type token is no secret
    return pulumi.ComponentResource(token, name, props, opts, remote=True)
