"""Where images are pulled from."""

from collections.abc import Iterable

from components.kube.objects import KubernetesObject, containers, workloads


def set_registry(objects: Iterable[KubernetesObject], registry: str) -> None:
    """Has every container pull its image from `registry`, under the name that it has now.

    The chart's `global.imageRegistry` does so for Rocket.Chat's own images, and not for NATS.
    """
    for one in workloads(objects):
        for held in containers(one):
            if not held["image"].startswith(f"{registry}/"):
                held["image"] = f"{registry}/{held['image']}"
