"""A workspace that is monitored."""

import pytest

from components.chart.render import installed_objects
from components.inputs.resolve import resolve
from components.kube.objects import KubernetesObject
from components.manifests.patches import apply_patches
from tests.support.components import PER_SERVICE, inputs, kept_objects


@pytest.fixture
def objects() -> list[KubernetesObject]:
    """Its objects, with other numbers of instances for each service."""
    labels = {"release": "prometheus"}
    spec = resolve(
        inputs(namespace="chat", replicas=PER_SERVICE, monitoring={"labels": labels}),
    )
    return apply_patches(installed_objects(kept_objects("per-service"), "chat"), spec, "8.6.1")
