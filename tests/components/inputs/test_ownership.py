"""The escape hatch `values`."""

from typing import Any

import pytest

from components.chart.values import merge_values
from components.inputs.ownership import OWNED_BY_INPUTS, owned_keys
from components.services import SERVICES
from tests.support.components import at, default_values, kept_values


@pytest.mark.parametrize(
    ("values", "owned"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"podLabels": {"a": "b"}}, {}, id="a key that no input owns"),
        pytest.param({"host": "x"}, {"host": ("host",)}, id="the host"),
        pytest.param({"host": None}, {"host": ("host",)}, id="a null takes away, too"),
        pytest.param(
            {"microservices": {"replicaCount": 2}},
            {"microservices.replicaCount": ("replica_count", "replicas")},
            id="the key that the guide teaches and the chart ignores",
        ),
        pytest.param(
            {"microservices": {"nats": {"replicas": 2}}},
            {"microservices.nats.replicas": ("replica_count", "replicas.nats")},
            id="the other one",
        ),
        pytest.param(
            {"microservices": {"ddpStreamer": {"replicas": 2, "nodeSelector": {}}}},
            {"microservices.ddpStreamer.replicas": ("replica_count", "replicas.ddp_streamer")},
            id="one key among others",
        ),
        pytest.param(
            {"smtp": {"host": "mail", "password": "p"}}, {"smtp": ("smtp",)}, id="a whole group"
        ),
        pytest.param(
            {"ingress": "none"},
            {
                "ingress": (
                    "ingress.enabled",
                    "ingress.class_name",
                    "ingress.annotations",
                    "ingress.tls_secret",
                ),
            },
            id="a text that hides a group",
        ),
    ],
)
def test_keys_that_inputs_own_are_found(
    values: dict[str, Any], owned: dict[str, tuple[str, ...]]
) -> None:
    assert owned_keys(values) == owned


@pytest.mark.parametrize("hidden", [None, [], "text", 1, False])
def test_what_hides_the_keys_of_several_inputs_is_reported_once(hidden: object) -> None:
    ((path, inputs),) = owned_keys({"microservices": hidden}).items()
    assert path == "microservices"
    assert {"mode", "replicas", "replicas.presence", "services.account.resources"} <= {*inputs}
    assert len(inputs) == len({*inputs})


IN_CHART = [service for service in SERVICES if service.in_chart]


@pytest.mark.parametrize("service", IN_CHART, ids=lambda service: service.kebab_name)
def test_replicas_and_resources_of_every_service_are_owned(service: Any) -> None:  # noqa: ANN401
    assert f"replicas.{service.name}" in OWNED_BY_INPUTS[".".join(service.replicas)]
    assert OWNED_BY_INPUTS[".".join(service.resources)] == (f"services.{service.name}.resources",)


def test_every_owned_key_is_one_that_the_chart_reads() -> None:
    read = default_values()
    for case in ("alternatives", "every-value"):
        read = merge_values(read, kept_values(case))
    # A condition in Chart.yaml, what only the chart of NATS reads, and services that it lacks.
    unknown = {path for path in OWNED_BY_INPUTS if not _has(read, path)}
    added = {"microservices.queueWorker", "microservices.omnichannelTranscript"}
    assert unknown == {"nats.enabled", "nats.auth", *added}


def _has(values: dict[str, Any], path: str) -> bool:
    try:
        at(values, tuple(path.split(".")))
    except (KeyError, TypeError):
        return False
    return True
