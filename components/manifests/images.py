"""Where images are pulled from, and what they are pinned to."""

from dataclasses import replace

from components.kube.images import ImageReference
from components.kube.objects import KubernetesObject, containers


def set_registry(workload: KubernetesObject, registry: str) -> None:
    """Makes a workload's containers pull their images from `registry` in place of their own.

    The chart's `global.imageRegistry` comes before the registry that Rocket.Chat's own images name,
    and doesn't cover those of NATS.
    """
    for container in containers(workload):
        if not container["image"].startswith(f"{registry}/"):
            image = ImageReference.parse(container["image"])
            container["image"] = str(replace(image, repository=f"{registry}/{image.path}"))


def pin_image(container: KubernetesObject, digest: str) -> None:
    """Pins a container's image to a digest, in addition to its tag.

    The chart's `image.tag` can't carry the digest: the chart compares the tag as a semantic version
    (`semverCompare`, up to 7.0.2), and gives it to every service, each of which has its own image.
    """
    image = ImageReference.parse(container["image"])
    container["image"] = str(replace(image, digest=digest))
