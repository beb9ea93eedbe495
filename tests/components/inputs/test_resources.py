"""Requests and limits, as the API server takes them."""

from typing import Any

import pytest

from components.inputs.resolve import resolve
from tests.support.components import inputs, problems_of

GPU = "example.com/gpu"


def of_presence(**compute: Any) -> dict[str, Any]:  # noqa: ANN401 - wrong ones too
    return inputs(services={"presence": {"resources": compute}})


@pytest.mark.parametrize(
    "compute",
    [
        {"requests": {"cpu": ".5", "memory": "1e9"}, "limits": {"cpu": "+1", "memory": "1.5Gi"}},
        {"limits": {"cpu": "1n", "ephemeral-storage": "1000m"}},
        {"limits": {GPU: "2"}},
        {"requests": {GPU: "2"}, "limits": {GPU: "2.0"}},
        {"requests": {"cpu": "0"}},
    ],
)
def test_what_kubernetes_takes_is_fine(compute: dict[str, Any]) -> None:
    assert resolve(of_presence(**compute)).args["services"]["presence"]["resources"] == compute


@pytest.mark.parametrize(
    ("compute", "reported"),
    [
        (
            {"limits": {"memory": "512m"}},
            'limits: got {"memory": "512m"}; allowed is no part of a byte. m is a thousandth.',
        ),
        (
            {"limits": {"memory": "0.5"}},
            'limits: got {"memory": "0.5"}; allowed is no part of a byte.',
        ),
        ({"limits": {GPU: "500m"}}, 'limits: got {"example.com/gpu": "500m"}; allowed is no part'),
        (
            {"requests": {GPU: "1"}},
            'requests: got {"example.com/gpu": "1"}; allowed is the same as in limits',
        ),
        ({"requests": {GPU: "1"}, "limits": {GPU: "2"}}, "requests: got"),
        ({"limits": {GPU: "9223372036854776"}}, "limits: got"),
        ({"limits": {"gpu": "1"}}, 'limits: got {"gpu": "1"}; allowed is cpu, memory, ephemeral'),
        ({"limits": {"kubernetes.io/gpu": "1"}}, "limits: got"),
        ({"limits": {"x.kubernetes.io/gpu": "1"}}, "limits: got"),
        ({"limits": {"requests.example.com/gpu": "1"}}, "limits: got"),
        ({"limits": {"a b/c": "1"}}, "limits: got"),
        ({"limits": {"/gpu": "1"}}, "limits: got"),
    ],
)
def test_what_it_refuses_is_reported_with_the_amount(
    compute: dict[str, Any], reported: str
) -> None:
    (problem,) = problems_of(lambda: resolve(of_presence(**compute)))
    assert problem.startswith(f"services.presence.resources.{reported}")


@pytest.mark.parametrize("size", ["1e10", "20Gi", "1.5Ti", "+1G"])
def test_a_volume_has_a_size_in_bytes(size: str) -> None:
    assert resolve(inputs(uploads={"size": size})).args["uploads"]["size"] == size


@pytest.mark.parametrize(
    ("size", "reported"),
    [
        ("20m", "no part of a byte. m is a thousandth. Did you mean 20Mi?"),
        ("0", "a quantity such as 20Gi."),
        ("-1Gi", "a quantity such as 20Gi."),
        ("1e30", "a quantity such as 20Gi."),
    ],
)
def test_any_other_size_is_refused(size: str, reported: str) -> None:
    (problem,) = problems_of(lambda: resolve(inputs(uploads={"size": size})))
    assert problem == f'uploads.size: got "{size}"; allowed is {reported}'
