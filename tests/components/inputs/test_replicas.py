"""How many instances run: the full table, for every way to ask."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.inputs.definitions import validate
from components.inputs.errors import ValidationErrors
from components.inputs.replicas import needed_for, replica_warnings, resolve_replicas, services_of
from components.inputs.rules import check_combinations
from components.naming import camel
from components.services import DDP_STREAMER, SERVICES
from tests.support.components import gathered

MICROSERVICES = services_of(microservices=True, bundled_nats=True)
NAMES = (
    "rocketchat",
    "presence",
    "ddp_streamer",
    "account",
    "authorization",
    "queue_worker",
    "omnichannel_transcript",
    "nats",
)


@pytest.mark.parametrize(
    ("microservices", "bundled_nats", "names"),
    [
        (True, True, NAMES),
        (True, False, NAMES[:-1]),
        (False, True, ("rocketchat", "nats")),
        (False, False, ("rocketchat",)),
    ],
)
def test_mode_and_nats_decide_what_runs(
    microservices: bool,  # noqa: FBT001 - a row of the table
    bundled_nats: bool,  # noqa: FBT001 - a row of the table
    names: tuple[str, ...],
) -> None:
    found = services_of(microservices=microservices, bundled_nats=bundled_nats)
    assert tuple(service.name for service in found) == names


@pytest.mark.parametrize(
    ("asked", "table"),
    [
        pytest.param({}, (1, 1, 1, 1, 1, 1, 1, 2), id="nothing"),
        pytest.param({"replica_count": 1}, (1, 1, 1, 1, 1, 1, 1, 1), id="one of everything"),
        pytest.param({"replica_count": 4}, (4, 4, 4, 4, 4, 4, 4, 4), id="four of everything"),
        pytest.param({"replicas": {"presence": 3}}, (1, 3, 1, 1, 1, 1, 1, 2), id="one service"),
        pytest.param(
            {"replicas": dict(zip(NAMES, range(2, 10), strict=True))},
            (2, 3, 4, 5, 6, 7, 8, 9),
            id="each service",
        ),
        pytest.param({"concurrent_users": 1}, (1, 1, 1, 1, 1, 1, 1, 2), id="one person"),
        pytest.param(
            {"concurrent_users": 500}, (1, 1, 1, 1, 1, 1, 1, 2), id="as many as one serves"
        ),
        pytest.param({"concurrent_users": 501}, (1, 1, 2, 1, 1, 1, 1, 2), id="one person more"),
        pytest.param({"concurrent_users": 2000}, (1, 1, 4, 1, 1, 1, 1, 2), id="two thousand"),
        pytest.param(
            {"concurrent_users": 2000, "replicas": {"ddp_streamer": 9}},
            (1, 1, 9, 1, 1, 1, 1, 2),
            id="a number above what people need",
        ),
        pytest.param(
            {"concurrent_users": 2000, "replicas": {"ddp_streamer": 2}},
            (1, 1, 2, 1, 1, 1, 1, 2),
            id="a number below what people need",
        ),
        pytest.param(
            {"concurrent_users": 2000, "replicas": {"presence": 2}},
            (1, 2, 4, 1, 1, 1, 1, 2),
            id="people, and a number for another service",
        ),
        pytest.param(
            {"concurrent_users": 2000, "replica_count": 2},
            (2, 2, 4, 2, 2, 2, 2, 2),
            id="more people than two serve",
        ),
        pytest.param(
            {"concurrent_users": 2000, "replica_count": 6},
            (6, 6, 6, 6, 6, 6, 6, 6),
            id="fewer people than six serve",
        ),
    ],
)
def test_the_table_is_full(asked: dict[str, Any], table: tuple[int, ...]) -> None:
    found = resolve_replicas(MICROSERVICES, asked)
    assert found == dict(zip(NAMES, table, strict=True))


def test_what_does_not_run_is_not_in_the_table() -> None:
    services = services_of(microservices=False, bundled_nats=False)
    asked = {"replicas": {"presence": 3, "rocketchat": 1}, "concurrent_users": 9000}
    assert resolve_replicas(services, asked) == {"rocketchat": 1}


def test_those_for_omnichannel_run_both_or_not_at_all() -> None:
    without = services_of(microservices=True, bundled_nats=True, omnichannel=False)
    assert [service.name for service in without] == [*NAMES[:5], "nats"]


@given(users=st.integers(1, 500_000))
def test_ddp_streamers_serve_everyone_and_none_is_idle(users: int) -> None:
    found = needed_for(DDP_STREAMER, users)
    assert found is not None
    assert found * 500 >= users
    assert (found - 1) * 500 < users


@given(users=st.integers(1, 500_000))
def test_people_decide_the_number_of_no_other_service(users: int) -> None:
    others = [service for service in SERVICES if service is not DDP_STREAMER]
    assert [needed_for(service, users) for service in others] == [None] * len(others)


counts = st.integers(1, 1000)
given_numbers = st.dictionaries(st.sampled_from(NAMES), counts)


@given(replicas=given_numbers, users=st.none() | st.integers(1, 500_000))
def test_a_number_for_a_service_is_what_runs(replicas: dict[str, int], users: int | None) -> None:
    found = resolve_replicas(MICROSERVICES, {"replicas": replicas, "concurrent_users": users})
    assert found.keys() == set(NAMES)
    assert replicas.items() <= found.items()
    assert min(found.values()) >= 1


@given(count=counts, users=st.none() | st.integers(1, 500_000))
def test_one_number_is_what_runs_everywhere_or_more_ddp_streamers(
    count: int, users: int | None
) -> None:
    found = resolve_replicas(MICROSERVICES, {"replica_count": count, "concurrent_users": users})
    streamers = found.pop("ddp_streamer")
    assert set(found.values()) == {count}
    assert streamers == max(count, -(-(users or 1) // 500))


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        pytest.param({"replica_count": 1}, [], id="the least"),
        pytest.param({"replica_count": 1000}, [], id="the most"),
        pytest.param({"replicas": dict.fromkeys(NAMES, 1000)}, [], id="the most of each"),
        pytest.param({"concurrent_users": 500_000}, [], id="the most people"),
        pytest.param({"replica_count": 4, "replicas": {}}, [], id="an empty group beside a number"),
        pytest.param(
            {"replica_count": 0},
            ["replicaCount: got 0; allowed is an integer from 1 to 1000."],
            id="zero",
        ),
        pytest.param(
            {"replica_count": 1001},
            ["replicaCount: got 1001; allowed is an integer from 1 to 1000."],
            id="one too many",
        ),
        pytest.param(
            {"replicas": {"ddp_streamer": -1, "nats": 0, "presence": 2}},
            [
                (
                    "replicas.ddpStreamer: got -1; allowed is an integer from 1 to 1000."
                    " Left out, it is 1."
                ),
                ("replicas.nats: got 0; allowed is an integer from 1 to 1000. Left out, it is 2."),
            ],
            id="two of three",
        ),
        pytest.param(
            {"replica_count": 2, "replicas": {"presence": 2}},
            [
                (
                    "replicaCount: is given together with replicas. Keep replicaCount for one"
                    " number everywhere, or replicas for a number for each service, and remove the"
                    " other."
                ),
            ],
            id="both forms",
        ),
        pytest.param(
            {"concurrent_users": 0},
            ["concurrentUsers: got 0; allowed is an integer from 1 to 500000."],
            id="nobody",
        ),
        pytest.param(
            {"concurrent_users": 500_001},
            ["concurrentUsers: got 500001; allowed is an integer from 1 to 500000."],
            id="one person too many",
        ),
    ],
)
def test_numbers_out_of_range_are_reported(asked: dict[str, Any], reported: list[str]) -> None:
    errors = ValidationErrors(camel)
    validate(asked, errors)
    check_combinations({**asked, "mongodb_secret": "chat-mongodb"}, errors)
    assert gathered(errors) == reported


@given(st.integers())
def test_a_number_is_taken_exactly_where_it_is_in_range(number: int) -> None:
    errors = ValidationErrors()
    validate({"replica_count": number}, errors)
    assert (gathered(errors) == []) == (1 <= number <= 1000)


FEW = "{0} is fewer than the 4 that concurrentUsers: 2000 needs (one for each 500)."


@pytest.mark.parametrize(
    ("args", "reported"),
    [
        pytest.param({}, [], id="no number"),
        pytest.param({"replicas": {"ddp_streamer": 4}}, [], id="enough"),
        pytest.param({"replicas": {"presence": 1}}, [], id="another service"),
        pytest.param(
            {"replicas": {"ddp_streamer": 3}},
            [f"replicas.ddpStreamer: {FEW.format(3)}"],
            id="too few",
        ),
        pytest.param(
            {"services": {"ddp_streamer": {"autoscaling": {"min_replicas": 1, "max_replicas": 4}}}},
            [],
            id="enough at the most",
        ),
        pytest.param(
            {"services": {"ddp_streamer": {"autoscaling": {"min_replicas": 1, "max_replicas": 3}}}},
            [f"services.ddpStreamer.autoscaling.maxReplicas: {FEW.format(3)}"],
            id="too few at the most",
        ),
    ],
)
def test_too_few_ddp_streamers_are_warned_about(args: dict[str, Any], reported: list[str]) -> None:
    args = {"concurrent_users": 2000, **args}
    assert replica_warnings(MICROSERVICES, args, ValidationErrors(camel), {}) == reported


def test_what_is_given_for_what_does_not_run_is_warned_about() -> None:
    args = {
        "replicas": {"rocketchat": 1, "ddp_streamer": 3},
        "services": {
            "presence": {"autoscaling": {"min_replicas": 1, "max_replicas": 3}},
            "rocketchat": {},
            "account": {},
        },
        "concurrent_users": 9000,
    }
    monolith = services_of(microservices=False, bundled_nats=False)
    why = dict.fromkeys(NAMES, "so it is")
    assert replica_warnings(monolith, args, ValidationErrors(camel), why) == [
        "replicas.ddpStreamer: has no effect, as none runs: so it is.",
        "services.presence: has no effect, as none runs: so it is.",
        "services.account: has no effect, as none runs: so it is.",
        "concurrentUsers: 9000 has no effect, as none runs: so it is.",
    ]
