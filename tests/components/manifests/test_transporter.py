"""NATS, and the transporter by which each service finds it."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from components.chart.values import helm_values
from components.inputs.spec import Bus, Nats, SecretKey, WorkspaceSpec, resolve
from components.manifests.transporter import set_transporters, transporter_env
from components.manifests.workloads import find_workload
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
KEPT = Bus(Nats.BUNDLED, monolith_prefix=True)
EXTERNAL = Bus(Nats.EXTERNAL, SecretKey("bus", "address"))
EXTERNAL_KEPT = Bus(Nats.EXTERNAL, SecretKey("bus", "address"), monolith_prefix=True)
NONE = Bus(Nats.NONE)


def spec_of(bus: Bus, *, release: str = "chat") -> WorkspaceSpec:
    """A workspace of every service, with `bus` between them."""
    return replace(resolve(inputs(release_name=release)), bus=bus, services=SERVICES)


DEDICATED = [PRESENCE, DDP_STREAMER, ACCOUNT, AUTHORIZATION]
SOURCE = {"secretKeyRef": {"name": "bus", "key": "address"}}
HERE = [{"name": "TRANSPORTER", "value": "nats://talk-nats:4222"}]
HERE_KEPT = [{"name": "TRANSPORTER", "value": "monolith+nats://talk-nats:4222"}]
THERE = [{"name": "TRANSPORTER", "valueFrom": SOURCE}]
THERE_KEPT = [
    {"name": "NATS_URL", "valueFrom": SOURCE},
    {"name": "TRANSPORTER", "value": "monolith+$(NATS_URL)"},
]


@pytest.mark.parametrize(
    ("bus", "monolith", "dedicated"),
    [
        pytest.param(BUNDLED, HERE, HERE, id="bundled"),
        pytest.param(KEPT, HERE_KEPT, HERE, id="bundled, features kept"),
        pytest.param(EXTERNAL, THERE, THERE, id="external"),
        pytest.param(EXTERNAL_KEPT, THERE_KEPT, THERE, id="external, features kept"),
        pytest.param(NONE, [], [], id="none"),
    ],
)
def test_only_the_monolith_may_keep_its_features(
    bus: Bus, monolith: list[Any], dedicated: list[Any]
) -> None:
    spec = spec_of(bus, release="talk")
    assert transporter_env(spec, ROCKETCHAT) == monolith
    for service in DEDICATED:
        assert transporter_env(spec, service) == dedicated
    assert transporter_env(spec, NATS) == []


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
def test_the_chart_bundles_nats_or_is_told_where_it_is(bus: Bus, values: dict[str, Any]) -> None:
    rendered = helm_values(replace(spec_of(bus), services=()))
    assert rendered["nats"] == values


def _env(objects: list[Object], service: Service) -> list[dict[str, Any]]:
    one = find_workload(objects, service, "chat")
    assert one is not None
    (held,) = (
        each
        for each in one["spec"]["template"]["spec"]["containers"]
        if each["name"] == service.container
    )
    found: list[dict[str, Any]] = held.get("env", [])
    return found


@pytest.mark.parametrize("case", ["per-service", "external-nats"])
@pytest.mark.parametrize("bus", [BUNDLED, KEPT, EXTERNAL, EXTERNAL_KEPT])
def test_every_workload_gets_its_transporter_and_keeps_all_else(case: str, bus: Bus) -> None:
    objects = kept_objects(case)
    before = deepcopy(objects)
    set_transporters(objects, spec_of(bus))
    for service in (ROCKETCHAT, *DEDICATED):
        wanted = transporter_env(spec_of(bus), service)
        names = [each["name"] for each in wanted]
        env = _env(objects, service)
        assert [each for each in env if each["name"] in names] == wanted
        old = [each for each in _env(before, service) if each["name"] not in names]
        assert [each for each in env if each["name"] not in names] == old
        # Where the chart had it: a variable may refer only to one before it.
        at = [each["name"] for each in _env(before, service)].index("TRANSPORTER")
        assert env[at : at + len(wanted)] == wanted


def test_what_is_no_service_of_ours_is_left_alone() -> None:
    objects = kept_objects("per-service")
    box = deepcopy(of_kind(objects, "Deployment")["chat-nats-box"])
    assert "NATS_URL" in variables(box)
    set_transporters(objects, spec_of(EXTERNAL_KEPT))
    assert of_kind(objects, "Deployment")["chat-nats-box"] == box


def test_connecting_twice_changes_nothing() -> None:
    objects = kept_objects("per-service")
    set_transporters(objects, spec_of(EXTERNAL_KEPT))
    once = deepcopy(objects)
    set_transporters(objects, spec_of(EXTERNAL_KEPT))
    assert objects == once


def test_without_a_bus_nothing_is_connected() -> None:
    objects = kept_objects("monolith-alone")
    before = deepcopy(objects)
    set_transporters(objects, replace(spec_of(NONE), services=(ROCKETCHAT,)))
    assert objects == before


def test_a_workload_that_the_chart_left_without_a_bus_is_connected() -> None:
    objects = kept_objects("external-nats")
    for name in ("presence", "rocketchat"):
        env = _env(objects, BY_NAME[name])
        env[:] = [each for each in env if each["name"] != "TRANSPORTER"]
    set_transporters(objects, spec_of(KEPT))
    deployments = of_kind(objects, "Deployment")
    told = {name: variables(one)["TRANSPORTER"] for name, one in deployments.items()}
    assert told == {
        "chat-rocketchat": "monolith+nats://chat-nats:4222",
        "chat-presence": "nats://chat-nats:4222",
        "chat-ddp-streamer": "nats://chat-nats:4222",
        "chat-account": "nats://chat-nats:4222",
        "chat-authorization": "nats://chat-nats:4222",
    }
