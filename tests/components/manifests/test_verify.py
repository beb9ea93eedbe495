"""Verification of rendered objects, on what the official chart rendered."""

from typing import Any

import pytest

from components.inputs.resolve import resolve
from components.manifests.mismatch import Mismatch
from components.manifests.verify import mismatches, verify, verify_schema
from tests.support.components import CASES, inputs, kept_objects, of_kind, refusal
from tests.support.paths import CHART_FACTS
from tests.support.rendering import chart_of

CHART = chart_of(CHART_FACTS)
VALUES = {"values": {"podLabels": {"a": "b"}}}
SHA256 = f"sha256:{'0123456789abcdef' * 4}"
OTHER_SHA256 = f"sha256:{'0' * 64}"


def image_mismatches(image: str, tag: str | None) -> list[Mismatch]:
    """What is wrong with the monolith's `image`, if the input `image.tag` is `tag`."""
    given = {**CASES["per-service"], **({"image": {"tag": tag}} if tag else {})}
    objects = kept_objects("per-service")
    workload = of_kind(objects, "Deployment")["chat-rocketchat"]
    workload["spec"]["template"]["spec"]["containers"][0]["image"] = image
    found = mismatches(objects, resolve(inputs(**given)), CHART)
    return [mismatch for mismatch in found if mismatch.location.endswith("rocketchat image")]


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("rocketchat/rocket.chat:8.6.1", None),
        ("registry:5000/rocket.chat:8.6.0", "8.6.0"),
        (f"registry:5000/rocket.chat:8.6.1@{SHA256}", None),
        (f"registry:5000/rocket.chat:8.6.1@{SHA256}", "8.6.1"),
        (f"registry:5000/rocket.chat:8.6.1@{SHA256}", f"8.6.1@{SHA256}"),
        (f"registry:5000/rocket.chat@{SHA256}", None),
        (f"registry:5000/rocket.chat@{SHA256}", f"8.6.1@{SHA256}"),
    ],
)
def test_image_may_have_a_digest(image: str, tag: str | None) -> None:
    assert image_mismatches(image, tag) == []


@pytest.mark.parametrize(
    ("image", "tag", "expected"),
    [
        ("rocketchat/rocket.chat", None, "8.6.1"),
        ("registry:5000/rocket.chat", None, "8.6.1"),
        ("rocketchat/rocket.chat:8.6.0", None, "8.6.1"),
        (f"rocketchat/rocket.chat:8.6.0@{SHA256}", "8.6.1", "8.6.1"),
        ("rocketchat/rocket.chat:8.6.1", f"8.6.1@{SHA256}", f"8.6.1@{SHA256}"),
        (f"rocketchat/rocket.chat@{OTHER_SHA256}", f"8.6.1@{SHA256}", f"8.6.1@{SHA256}"),
        (f"rocketchat/rocket.chat:8.6.1@{OTHER_SHA256}", f"8.6.1@{SHA256}", f"8.6.1@{SHA256}"),
    ],
)
def test_image_of_another_tag_or_digest_is_a_mismatch(
    image: str, tag: str | None, expected: str
) -> None:
    location = "Deployment/chat-rocketchat image"
    assert image_mismatches(image, tag) == [Mismatch("image.tag", location, expected, image)]


def test_every_mismatch_is_listed_with_its_input_and_with_advice() -> None:
    replicas = {"rocketchat": 3, "presence": 6, "ddp_streamer": 8, "account": 4}
    given = {"replicas": {**replicas, "authorization": 5, "nats": 3}, **VALUES}
    spec = resolve(inputs(**{**CASES["per-service"], **given}))
    message = refusal(lambda: verify(kept_objects("per-service"), spec, CHART)).splitlines()
    assert message[0] == "Chart 7.0.2 doesn't render what was asked for; nothing was changed:"
    assert (
        "  - replicas.presence: Deployment/chat-presence spec.replicas: asked for 6, rendered 2"
        in message
    )
    assert (
        "  - replicas.nats: StatefulSet/chat-nats spec.replicas: asked for 3, rendered 5" in message
    )
    assert message[-1].startswith("values: may override an input. Remove the keys")


def test_missing_autoscaler_is_a_mismatch_of_its_input() -> None:
    autoscaled = {
        "autoscaling": {"min_replicas": 2, "max_replicas": 9},
        "resources": {"requests": {"cpu": "100m"}},
    }
    spec = resolve(inputs(ingress={"enabled": False}, services={"ddp_streamer": autoscaled}))
    found = mismatches(kept_objects("per-service"), spec, CHART)
    assert (
        Mismatch(
            "services.ddp_streamer.autoscaling", "Deployment/chat-ddp-streamer", "an autoscaler", 8
        )
        in found
    )


def rendered(**metadata: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - wrong ones too
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", **metadata}}
    return [service, *kept_objects("ingress-tls")]


def test_objects_that_kubernetes_does_not_accept_are_blamed_on_values() -> None:
    objects = rendered(annotations={"a": 1}, labels={"a b": "c"})
    message = refusal(lambda: verify_schema(objects, resolve(inputs(**VALUES))))
    assert message.splitlines() == [
        (
            "values: the chart renders objects from them that Kubernetes doesn't accept; nothing"
            " was changed:"
        ),
        "  - Service/x: metadata.annotations.a: got 1; allowed is a string",
        '  - Service/x: metadata.labels: {"a b": "c"} is not a valid label',
        "Correct or remove the keys that lead to these.",
    ]


@pytest.mark.parametrize(("given", "labels"), [(VALUES, {"a": "b"}), ({}, {"a b": "c"})])
def test_valid_objects_pass_and_without_values_nothing_is_checked(
    given: dict[str, Any], labels: dict[str, str]
) -> None:
    verify_schema(rendered(labels=labels), resolve(inputs(**given)))


@pytest.mark.parametrize(
    ("name", "number", "reported"),
    [
        ("metrics", 3000, "values.prometheusScraping.port"),
        ("ms-metrics", 3000, "values.prometheusScraping.msPort"),
        ("ms-metrics", 9458, None),
    ],
)
def test_ports_that_clash_are_reported_by_the_key_that_decides(
    name: str, number: int, reported: str | None
) -> None:
    objects = kept_objects("per-service")
    workload = of_kind(objects, "Deployment")["chat-rocketchat"]
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port for port in container["ports"]}
    ports[name]["containerPort"] = number
    found = mismatches(objects, resolve(inputs(**CASES["per-service"])), CHART)
    clashing = [mismatch for mismatch in found if mismatch.expected == "different numbers"]
    assert [mismatch.input for mismatch in clashing] == ([reported] if reported else [])
    for mismatch in clashing:
        assert mismatch.actual == "3000 for each"
