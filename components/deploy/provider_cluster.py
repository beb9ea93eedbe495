"""The cluster of the Kubernetes provider, as far as the stack's config says which it is."""

import pulumi
from pulumi.runtime import config


def has_own_provider(component: pulumi.Resource) -> bool:
    """Whether a component has a provider of its own, whose cluster the program doesn't know."""
    return component.get_provider("kubernetes:core/v1:Namespace") is not None


def provider_connection() -> tuple[str | None, str | None]:
    """Returns the context and the kubeconfig of the stack's config; None for what it leaves open.

    The kubeconfig is a path or the content of a file, as `components.kube.api.connect` takes it.
    """
    context = config.get_config("kubernetes:context")
    return context or None, config.get_config("kubernetes:kubeconfig") or None
