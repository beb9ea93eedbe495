"""Paths of the Kubernetes API."""

import pytest

from components.kube.paths import collection_path


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("Pod", "pods"),
        ("HorizontalPodAutoscaler", "horizontalpodautoscalers"),
        ("Ingress", "ingresses"),
        ("StorageClass", "storageclasses"),
        ("NetworkPolicy", "networkpolicies"),
        ("HTTPProxy", "httpproxies"),
        ("Gateway", "gateways"),
    ],
)
def test_a_kind_is_listed_under_its_plural(kind: str, plural: str) -> None:
    assert collection_path("v1", kind) == f"/api/v1/{plural}"


def test_the_core_group_has_a_root_of_its_own() -> None:
    assert collection_path("v1", "Secret", "chat") == "/api/v1/namespaces/chat/secrets"
    path = collection_path("apps/v1", "Deployment", "chat")
    assert path == "/apis/apps/v1/namespaces/chat/deployments"


def test_without_a_namespace_it_is_the_list_of_all() -> None:
    path = collection_path("networking.k8s.io/v1", "Ingress")
    assert path == "/apis/networking.k8s.io/v1/ingresses"
