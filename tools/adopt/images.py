"""Helm values -> images: their tag, their registry, and the Secrets to pull them with."""

from collections.abc import Iterator, Mapping

from components.inputs.checks import is_image_tag
from components.services import SERVICES
from tools.adopt.source import Source
from tools.adopt.translation import Translation

_REPOSITORIES = (
    "image.repository",
    *(
        f"microservices.{service.config_name}.image.repository"
        for service in SERVICES
        if service.dedicated and service.in_chart
    ),
)
_PULL_SECRETS = ("imagePullSecrets", "global.imagePullSecrets", "nats.imagePullSecrets")


def add_images(source: Source, translation: Translation) -> None:
    """Adds what the rows of inputs don't."""
    tag = source.value("image.tag")
    if isinstance(tag, str) and tag and not is_image_tag(tag):
        translation.refuse("image.tag", "isn't a tag, such as 8.6.1 or 8.6.1@sha256:….")
    registry = str(source.value("global.imageRegistry") or "").rstrip("/")
    if registry:
        for path in _REPOSITORIES:
            repository = source.given(path)
            if isinstance(repository, str) and repository.startswith(f"{registry}/"):
                translation.set_helm_value(path, repository.removeprefix(f"{registry}/"))
                translation.notes.append(
                    f"{path}: its registry is left out, as global.imageRegistry has it already."
                )
    names = list(dict.fromkeys(_pull_secrets(source, translation)))
    translation.handled += _PULL_SECRETS
    if names:
        translation.set_input("image_pull_secrets", names)


def _pull_secrets(source: Source, translation: Translation) -> Iterator[str]:
    for path in _PULL_SECRETS:
        for i, item in enumerate(source.value(path) or []):
            name = item.get("name") if isinstance(item, Mapping) else item
            if isinstance(name, str) and name:
                yield name
            else:
                translation.refuse(f"{path}[{i}]", "has no name of a Secret.")
