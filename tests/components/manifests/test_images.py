"""Where images are pulled from, and what they are pinned to."""

import pytest

from components.kube.objects import containers, kind_and_name, workloads
from components.manifests.images import pin_image, set_registry
from tests.support.components import Object, kept_objects
from tests.support.workloads import deployment

REGISTRY = "mirror.example.com"
SHA256 = f"sha256:{'0' * 64}"


def _images(objects: list[Object]) -> dict[str, list[str]]:
    return {
        kind_and_name(workload): [container["image"] for container in containers(workload)]
        for workload in workloads(objects)
    }


def _images_of(registry: str) -> dict[str, list[str]]:
    objects = kept_objects("every-value")
    for workload in workloads(objects):
        set_registry(workload, registry)
    return _images(objects)


def test_every_image_is_pulled_from_the_registry_and_names_it_once() -> None:
    before = _images(kept_objects("every-value"))
    assert before["Deployment/chat-account"] == [f"{REGISTRY}/team/account:8.6.0"]
    assert not before["StatefulSet/chat-nats"][0].startswith(REGISTRY)
    for images in _images_of(REGISTRY).values():
        assert all(image.split("/")[0] == REGISTRY for image in images)
        assert all(image.count(REGISTRY) == 1 for image in images)


@pytest.mark.parametrize(
    ("image", "mirrored"),
    [
        ("registry.rocket.chat/rocketchat/rocket.chat:8.6.1", "rocketchat/rocket.chat:8.6.1"),
        (f"docker.io/rocketchat/account:1@{SHA256}", f"rocketchat/account:1@{SHA256}"),
        ("rocketchat/account-service:8.6.1", "rocketchat/account-service:8.6.1"),
        ("localhost/a", "a"),
        ("registry:5000/team/a:1", "team/a:1"),
        ("nats:2.12-alpine", "library/nats:2.12-alpine"),
        ("mirror.example.com.evil/a:1", "a:1"),
    ],
)
def test_an_image_is_pulled_by_its_path_within_its_own_registry(image: str, mirrored: str) -> None:
    workload = deployment("chat-account", "account")
    (container,) = containers(workload)
    container["image"] = image
    set_registry(workload, f"{REGISTRY}/cache")
    assert container["image"] == f"{REGISTRY}/cache/{mirrored}"


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        ("registry:5000/a:8.6.1", f"registry:5000/a:8.6.1@{SHA256}"),
        ("registry:5000/a", f"registry:5000/a@{SHA256}"),
        (f"a:8.6.1@sha256:{'1' * 64}", f"a:8.6.1@{SHA256}"),
    ],
)
def test_digest_is_added_to_the_tag(image: str, pinned: str) -> None:
    container = {"name": "rocketchat", "image": image}
    pin_image(container, SHA256)
    assert container["image"] == pinned
