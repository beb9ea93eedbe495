"""Where images are pulled from."""

from components.manifests.images import mirror
from components.manifests.objects import containers, name_of, pod_templates
from tests.support.components import Object, kept_objects

REGISTRY = "mirror.example.com"


def _images(objects: list[Object]) -> dict[str, list[str]]:
    return {
        name_of(one): [held["image"] for held in containers(one)] for one in pod_templates(objects)
    }


def test_an_image_that_the_chart_has_put_below_the_mirror_stays_and_others_follow() -> None:
    objects = kept_objects("every-value")
    before = _images(objects)
    assert before["Deployment/chat-account"] == [f"{REGISTRY}/team/account:8.6.0"]
    assert not before["StatefulSet/chat-nats"][0].startswith(REGISTRY)
    mirror(objects, REGISTRY)
    for name, images in _images(objects).items():
        for image, was in zip(images, before[name], strict=True):
            assert image == f"{REGISTRY}/{was.removeprefix(f'{REGISTRY}/')}"


def test_an_image_of_a_registry_whose_name_only_begins_alike_follows_too() -> None:
    objects = kept_objects("every-value")
    mirror(objects, "mirror")
    found = _images(objects)
    assert found["Deployment/chat-account"] == [f"mirror/{REGISTRY}/team/account:8.6.0"]
