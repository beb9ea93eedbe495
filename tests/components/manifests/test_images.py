"""Where images are pulled from."""

from components.kube.objects import containers, kind_and_name, workloads
from components.manifests.images import set_registry
from tests.support.components import Object, kept_objects

REGISTRY = "mirror.example.com"


def _images(objects: list[Object]) -> dict[str, list[str]]:
    return {
        kind_and_name(one): [held["image"] for held in containers(one)]
        for one in workloads(objects)
    }


def test_an_image_that_the_chart_has_put_below_the_mirror_stays_and_others_follow() -> None:
    objects = kept_objects("every-value")
    before = _images(objects)
    assert before["Deployment/chat-account"] == [f"{REGISTRY}/team/account:8.6.0"]
    assert not before["StatefulSet/chat-nats"][0].startswith(REGISTRY)
    set_registry(objects, REGISTRY)
    for name, images in _images(objects).items():
        for image, was in zip(images, before[name], strict=True):
            assert image == f"{REGISTRY}/{was.removeprefix(f'{REGISTRY}/')}"


def test_an_image_of_a_registry_whose_name_only_begins_alike_follows_too() -> None:
    objects = kept_objects("every-value")
    set_registry(objects, "mirror")
    found = _images(objects)
    assert found["Deployment/chat-account"] == [f"mirror/{REGISTRY}/team/account:8.6.0"]
