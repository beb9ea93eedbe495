"""Which cluster the provider uses, by the stack's config."""

from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.deploy.provider_cluster import has_own_provider, provider_connection


class Component:
    """A component with a provider for the packages in `packages`."""

    def __init__(self, *packages: str) -> None:
        self._packages = packages

    def get_provider(self, token: str) -> object:
        package = token.partition(":")[0]
        return object() if package in self._packages else None


@pytest.fixture(autouse=True)
def _config() -> Iterator[None]:
    yield
    pulumi.runtime.set_all_config({})


@pytest.mark.parametrize(
    ("packages", "own"), [((), False), (("aws",), False), (("kubernetes",), True)]
)
def test_only_a_provider_for_kubernetes_decides_on_the_cluster(
    packages: tuple[str, ...], *, own: bool
) -> None:
    component: Any = Component(*packages)
    assert has_own_provider(component) is own


def test_the_config_names_a_context_and_a_kubeconfig() -> None:
    pulumi.runtime.set_all_config(
        {"kubernetes:context": "staging", "kubernetes:kubeconfig": "~/clusters"}
    )
    assert provider_connection() == ("staging", "~/clusters")


@pytest.mark.parametrize("config", [{}, {"kubernetes:context": "", "kubernetes:kubeconfig": ""}])
def test_what_the_config_leaves_open_is_up_to_kubectls_files(config: dict[str, str]) -> None:
    pulumi.runtime.set_all_config(config)
    assert provider_connection() == (None, None)
