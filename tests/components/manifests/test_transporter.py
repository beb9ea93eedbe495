"""The transporter by which each service finds NATS."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from components.chart.values import helm_values
from components.inputs.resolve import resolve
from components.inputs.spec import Bus, Nats, SecretKey, WorkspaceSpec
from components.kube.objects import find_container
from components.manifests.backends import set_backends
from components.manifests.transporter import transporter_env
from components.manifests.workloads import find_workload, service_workloads
from components.services import (
    ACCOUNT,
    AUTHORIZATION,
    BY_NAME,
    DDP_STREAMER,
    NATS,
    PRESENCE,
    ROCKETCHAT,
    SERVICES,
    Service,
)
from tests.support.components import Object, inputs, kept_objects, of_kind, variables

BUNDLED = Bus(Nats.BUNDLED)
PASSWORD = SecretKey("talk-nats-password", "password")
AUTHENTICATED = Bus(Nats.BUNDLED, password=PASSWORD)
AUTHENTICATED_PREFIXED = Bus(Nats.BUNDLED, password=PASSWORD, monolith_prefix=True)
BUNDLED_PREFIXED = Bus(Nats.BUNDLED, monolith_prefix=True)
EXTERNAL = Bus(Nats.EXTERNAL, SecretKey("bus", "address"))
EXTERNAL_PREFIXED = Bus(Nats.EXTERNAL, SecretKey("bus", "address"), monolith_prefix=True)
NONE = Bus(Nats.NONE)


def spec_of(bus: Bus, *, release: str = "chat") -> WorkspaceSpec:
    """A workspace with every service and this bus."""
    return replace(resolve(inputs(release_name=release)), bus=bus, services=SERVICES)


DEDICATED = [PRESENCE, DDP_STREAMER, ACCOUNT, AUTHORIZATION]
SOURCE = {"secretKeyRef": {"name": "bus", "key": "address"}}
BUNDLED_ENV = [{"name": "TRANSPORTER", "value": "nats://talk-nats:4222"}]
BUNDLED_ENV_PREFIXED = [{"name": "TRANSPORTER", "value": "monolith+nats://talk-nats:4222"}]
PASSWORD_ENV = {
    "name": "NATS_PASSWORD",
    "valueFrom": {"secretKeyRef": {"name": "talk-nats-password", "key": "password"}},
}
LOGIN = "rocketchat:$(NATS_PASSWORD)"
AUTHENTICATED_ENV = [
    PASSWORD_ENV,
    {"name": "TRANSPORTER", "value": f"nats://{LOGIN}@talk-nats:4222"},
]
AUTHENTICATED_ENV_PREFIXED = [
    PASSWORD_ENV,
    {"name": "TRANSPORTER", "value": f"monolith+nats://{LOGIN}@talk-nats:4222"},
]
EXTERNAL_ENV = [{"name": "TRANSPORTER", "valueFrom": SOURCE}]
EXTERNAL_ENV_PREFIXED = [
    {"name": "NATS_URL", "valueFrom": SOURCE},
    {"name": "TRANSPORTER", "value": "monolith+$(NATS_URL)"},
]


@pytest.mark.parametrize(
    ("bus", "monolith", "dedicated"),
    [
        pytest.param(BUNDLED, BUNDLED_ENV, BUNDLED_ENV, id="bundled"),
        pytest.param(
            BUNDLED_PREFIXED, BUNDLED_ENV_PREFIXED, BUNDLED_ENV, id="bundled, monolith features"
        ),
        pytest.param(
            AUTHENTICATED, AUTHENTICATED_ENV, AUTHENTICATED_ENV, id="bundled, with a password"
        ),
        pytest.param(
            AUTHENTICATED_PREFIXED,
            AUTHENTICATED_ENV_PREFIXED,
            AUTHENTICATED_ENV,
            id="bundled, with a password, monolith features",
        ),
        pytest.param(EXTERNAL, EXTERNAL_ENV, EXTERNAL_ENV, id="external"),
        pytest.param(
            EXTERNAL_PREFIXED, EXTERNAL_ENV_PREFIXED, EXTERNAL_ENV, id="external, monolith features"
        ),
        pytest.param(NONE, [], [], id="none"),
    ],
)
def test_only_the_monolith_gets_the_monolith_prefix(
    bus: Bus, monolith: list[Any], dedicated: list[Any]
) -> None:
    spec = spec_of(bus, release="talk")
    assert transporter_env(spec, ROCKETCHAT) == monolith
    for service in DEDICATED:
        assert transporter_env(spec, service) == dedicated
    assert transporter_env(spec, NATS) == ([PASSWORD_ENV] if bus.password else [])


@pytest.mark.parametrize(
    ("bus", "values"),
    [
        pytest.param(BUNDLED, {"enabled": True}, id="bundled"),
        pytest.param(NONE, {"enabled": False}, id="none"),
        pytest.param(
            EXTERNAL,
            {"enabled": False, "existingSecret": {"name": "bus", "key": "address"}},
            id="external",
        ),
    ],
)
def test_values_bundle_nats_or_name_the_secret_with_its_url(
    bus: Bus, values: dict[str, Any]
) -> None:
    rendered = helm_values(replace(spec_of(bus), services=()))
    assert rendered["nats"] == values


def set_all_backends(objects: list[Object], spec: WorkspaceSpec) -> None:
    for service, workload in service_workloads(objects, spec.release):
        container = find_container(workload, service.container)
        assert container is not None
        set_backends(container, spec, service)


def _env(objects: list[Object], service: Service) -> list[dict[str, Any]]:
    workload = find_workload(objects, service, "chat")
    assert workload is not None
    container = find_container(workload, service.container)
    assert container is not None
    env: list[dict[str, Any]] = container.get("env", [])
    return env


@pytest.mark.parametrize("case", ["per-service", "external-nats"])
@pytest.mark.parametrize("bus", [BUNDLED, BUNDLED_PREFIXED, EXTERNAL, EXTERNAL_PREFIXED])
def test_every_workload_gets_its_transporter_and_keeps_other_variables(case: str, bus: Bus) -> None:
    objects = kept_objects(case)
    before = deepcopy(objects)
    set_all_backends(objects, spec_of(bus))
    for service in (ROCKETCHAT, *DEDICATED):
        entries = transporter_env(spec_of(bus), service)
        names = [entry["name"] for entry in entries]
        env = _env(objects, service)
        assert [entry for entry in env if entry["name"] in names] == entries
        others = [entry for entry in _env(before, service) if entry["name"] not in names]
        assert [entry for entry in env if entry["name"] not in names] == others
        # In the chart's place: a variable can only refer to earlier ones.
        index = [entry["name"] for entry in _env(before, service)].index("TRANSPORTER")
        assert env[index : index + len(entries)] == entries


def test_helpers_of_nats_are_left_alone() -> None:
    objects = kept_objects("per-service")
    box = deepcopy(of_kind(objects, "Deployment")["chat-nats-box"])
    assert "NATS_URL" in variables(box)
    set_all_backends(objects, spec_of(EXTERNAL_PREFIXED))
    assert of_kind(objects, "Deployment")["chat-nats-box"] == box


def test_setting_transporters_twice_changes_nothing() -> None:
    objects = kept_objects("per-service")
    set_all_backends(objects, spec_of(EXTERNAL_PREFIXED))
    once = deepcopy(objects)
    set_all_backends(objects, spec_of(EXTERNAL_PREFIXED))
    assert objects == once


def test_without_a_bus_there_is_no_transporter() -> None:
    objects = kept_objects("monolith-alone")
    before = deepcopy(objects)
    set_all_backends(objects, replace(spec_of(NONE), services=(ROCKETCHAT,)))
    assert objects == before


def test_workload_without_a_transporter_gets_one() -> None:
    objects = kept_objects("external-nats")
    for name in ("presence", "rocketchat"):
        env = _env(objects, BY_NAME[name])
        env[:] = [entry for entry in env if entry["name"] != "TRANSPORTER"]
    set_all_backends(objects, spec_of(BUNDLED_PREFIXED))
    deployments = of_kind(objects, "Deployment")
    assert {name: variables(obj)["TRANSPORTER"] for name, obj in deployments.items()} == {
        "chat-rocketchat": "monolith+nats://chat-nats:4222",
        "chat-presence": "nats://chat-nats:4222",
        "chat-ddp-streamer": "nats://chat-nats:4222",
        "chat-account": "nats://chat-nats:4222",
        "chat-authorization": "nats://chat-nats:4222",
    }
