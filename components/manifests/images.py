"""Where images are pulled from, and what they are pinned to."""

from collections.abc import Iterable
from dataclasses import replace

from components.kube.images import ImageReference
from components.kube.objects import KubernetesObject, containers, find_container, workloads
from components.manifests.workloads import find_workload
from components.services import ROCKETCHAT


def set_registry(objects: Iterable[KubernetesObject], registry: str) -> None:
    """Makes every container pull its image from `registry`, under its present name.

    The chart's `global.imageRegistry` covers Rocket.Chat's own images, and not those of NATS.
    """
    for workload in workloads(objects):
        for container in containers(workload):
            if not container["image"].startswith(f"{registry}/"):
                container["image"] = f"{registry}/{container['image']}"


def pin_image(objects: Iterable[KubernetesObject], release: str, digest: str) -> None:
    """Pins the monolith's image to a digest, in addition to its tag.

    The chart's `image.tag` can't carry the digest: the chart compares the tag as a semantic version
    (`semverCompare` up to 7.0.2) and would give it to the other services too, whose images have
    digests of their own.
    """
    workload = find_workload(objects, ROCKETCHAT, release)
    container = find_container(workload, ROCKETCHAT.container) if workload else None
    if container is not None:
        image = ImageReference.parse(container["image"])
        container["image"] = str(replace(image, digest=digest))
