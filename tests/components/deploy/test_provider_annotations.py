"""The annotations for the Kubernetes provider."""

from copy import deepcopy

from components.deploy.provider_annotations import MANAGER, TIMEOUT, annotate, provider_annotations


def test_two_stacks_write_under_two_names_that_are_the_providers_own_kind() -> None:
    names = {provider_annotations(stack, 600)[MANAGER] for stack in ("prod", "staging")}
    assert names == {"pulumi-kubernetes-prod", "pulumi-kubernetes-staging"}


def test_a_name_is_no_longer_than_kubernetes_takes() -> None:
    assert len(provider_annotations("s" * 200, 600)[MANAGER]) == 128


def test_what_is_told_stands_beside_the_objects_own_annotations() -> None:
    one = {"kind": "Service", "metadata": {"name": "chat", "annotations": {"own": "1"}}}
    before = deepcopy(one)
    message = annotate(one, provider_annotations("dev", 90))
    assert message["metadata"]["annotations"] == {
        "own": "1",
        MANAGER: "pulumi-kubernetes-dev",
        TIMEOUT: "90",
    }
    assert message["metadata"]["name"] == "chat"
    assert one == before


def test_an_object_without_annotations_gets_some() -> None:
    message = annotate({"kind": "Service", "metadata": {}}, {"a": "b"})
    assert message == {"kind": "Service", "metadata": {"annotations": {"a": "b"}}}
