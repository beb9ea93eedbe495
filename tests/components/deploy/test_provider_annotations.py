"""The annotations for the Kubernetes provider."""

from copy import deepcopy

from components.deploy.provider_annotations import (
    FIELD_MANAGER,
    FORCE,
    TIMEOUT,
    annotate,
    provider_annotations,
)


def test_each_stack_has_a_field_manager_named_like_the_providers_own() -> None:
    names = {provider_annotations(stack, 600)[FIELD_MANAGER] for stack in ("prod", "staging")}
    assert names == {"pulumi-kubernetes-prod", "pulumi-kubernetes-staging"}


def test_the_name_of_a_field_manager_is_no_longer_than_kubernetes_allows() -> None:
    assert len(provider_annotations("s" * 200, 600)[FIELD_MANAGER]) == 128


def test_annotations_are_added_to_those_that_the_object_has() -> None:
    service = {"kind": "Service", "metadata": {"name": "chat", "annotations": {"own": "1"}}}
    before = deepcopy(service)
    annotated = annotate(service, provider_annotations("dev", 90))
    assert annotated["metadata"]["annotations"] == {
        "own": "1",
        FIELD_MANAGER: "pulumi-kubernetes-dev",
        FORCE: "true",
        TIMEOUT: "90",
    }
    assert annotated["metadata"]["name"] == "chat"
    assert service == before


def test_an_object_without_annotations_can_be_annotated() -> None:
    annotated = annotate({"kind": "Service", "metadata": {}}, {"a": "b"})
    assert annotated == {"kind": "Service", "metadata": {"annotations": {"a": "b"}}}
