"""What inputs mean: every default in its place, and what is warned about."""

from dataclasses import asdict
from typing import Any

import pytest

from components.inputs.args import Mode, MonolithFeatures, ResilienceArgs, RocketChatArgs
from components.inputs.resolve import resolve
from components.inputs.spec import Nats, SecretKey
from tests.support.components import inputs


def _meant(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any input
    return asdict(resolve(inputs(**more)))


def test_what_is_left_out_has_a_default() -> None:
    found = resolve(inputs())
    assert found.args == {
        "host": "chat.example.com",
        "mongodb_secret": "chat-mongodb",
        "namespace": "rocketchat",
        "create_namespace": True,
        "cluster_assigns_users": False,
        "release_name": "chat",
        "mongodb_secret_key": "mongo-uri",
        "license_secret_key": "ROCKETCHAT_LICENSE",
        "mode": Mode.MICROSERVICES,
        "monolith_features": MonolithFeatures.DISABLED,
        "omnichannel_services": True,
        "replicas": {},
        "pause": False,
        "services": {},
        "ingress": {},
        "service": {"type": "ClusterIP", "port": 80},
        "resilience": dict.fromkeys(ResilienceArgs.__annotations__, True),
        "monitoring_namespace": "monitoring",
        "image": {},
        "timeout_seconds": 600,
        "chart": {},
    }
    assert found.has_ingress
    assert found.chart.version == "7.0.2"
    assert found.chart.path is None
    assert sum(found.replicas.values()) == 9


def test_a_null_is_as_good_as_nothing() -> None:
    nulls = dict.fromkeys(set(RocketChatArgs.__annotations__) - {"host", "mongodb_secret"})
    assert resolve(inputs(**nulls)) == resolve(inputs())


@pytest.mark.parametrize(
    ("service", "ingress", "there"),
    [
        pytest.param({}, {}, True, id="by default"),
        pytest.param({"type": "ClusterIP"}, {}, True, id="before ClusterIP"),
        pytest.param({"type": "LoadBalancer"}, {}, False, id="not before LoadBalancer"),
        pytest.param({"type": "NodePort"}, {}, False, id="not before NodePort"),
        pytest.param({"type": "NodePort"}, {"enabled": True}, True, id="where asked for"),
        pytest.param({}, {"enabled": False}, False, id="not where switched off"),
    ],
)
def test_there_is_an_ingress(
    service: dict[str, str],
    ingress: dict[str, bool],
    there: bool,  # noqa: FBT001 - a row of the table
) -> None:
    found = resolve(inputs(service=service, ingress=ingress))
    assert found.has_ingress == there


EXTERNAL = {"nats": {"existing_secret": {"name": "bus", "key": "address"}}}


@pytest.mark.parametrize(
    ("asked", "nats", "prefix"),
    [
        pytest.param({}, Nats.BUNDLED, False, id="microservices"),
        pytest.param(
            {"monolith_features": MonolithFeatures.ENABLED}, Nats.BUNDLED, True, id="features kept"
        ),
        pytest.param({"nats_url": "nats://bus"}, Nats.EXTERNAL, False, id="a URL"),
        pytest.param(EXTERNAL, Nats.EXTERNAL, False, id="an existing Secret"),
        pytest.param({"mode": Mode.MONOLITH}, Nats.NONE, False, id="one monolith"),
        pytest.param(
            {"mode": "monolith", "replica_count": 1},
            Nats.NONE,
            False,
            id="one monolith, as configured",
        ),
        pytest.param(
            {"mode": "monolith", "replica_count": 2}, Nats.BUNDLED, True, id="two monoliths"
        ),
        pytest.param(
            {"mode": "monolith", "replicas": {"rocketchat": 3}},
            Nats.BUNDLED,
            True,
            id="three monoliths",
        ),
        pytest.param(
            {"mode": "monolith", "replicas": {"nats": 3}}, Nats.NONE, False, id="NATS for one"
        ),
        pytest.param(
            {"mode": "monolith", "nats_url": "nats://bus"},
            Nats.EXTERNAL,
            True,
            id="one monolith, and a URL",
        ),
    ],
)
def test_mode_and_number_decide_about_nats(
    asked: dict[str, Any],
    nats: Nats,
    prefix: bool,  # noqa: FBT001 - a row of the table
) -> None:
    bus = resolve(inputs(**asked)).bus
    assert bus.nats is nats
    assert bus.monolith_prefix is prefix


@pytest.mark.parametrize(
    ("asked", "secret"),
    [
        pytest.param({}, None, id="bundled"),
        pytest.param({"nats_url": "nats://bus"}, ("talk-nats-url", "url"), id="a URL"),
        pytest.param(EXTERNAL, ("bus", "address"), id="an existing Secret"),
    ],
)
def test_an_external_nats_is_found_by_a_secret(
    asked: dict[str, Any], secret: tuple[str, str] | None
) -> None:
    found = resolve(inputs(release_name="talk", **asked)).bus.secret
    assert (found and (found.name, found.key)) == secret


def test_a_mongodb_url_gets_a_secret_named_after_the_release() -> None:
    found = resolve(
        {"host": "chat.example.com", "mongodb_url": "mongodb://db", "release_name": "t"}
    )
    assert found.mongodb == SecretKey("t-mongodb-url", "mongo-uri")


SHA256 = f"sha256:{'0123456789abcdef' * 4}"
FLOATS = (
    "image.tag: {} floats, so that what runs depends on when a node pulled it. Name a full version"
    " such as 8.6.1."
)


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        pytest.param({}, [], id="the defaults"),
        pytest.param({"image": {"tag": "latest"}}, [FLOATS.format("latest")], id="latest"),
        pytest.param({"image": {"tag": "8.6"}}, [FLOATS.format("8.6")], id="8.6"),
        pytest.param({"image": {"tag": "8.6.1"}}, [], id="a full version"),
        pytest.param({"image": {"tag": "8.6.1-rc.0"}}, [], id="a candidate"),
        pytest.param(
            {"image": {"tag": f"8.6.1@{SHA256}"}},
            [
                (
                    "image.tag: its digest pins the monolith's image only. The other services'"
                    " images have digests of their own and are pulled by the tag."
                ),
            ],
            id="a digest for several images",
        ),
        pytest.param(
            {"mode": "monolith", "image": {"tag": f"8.6.1@{SHA256}"}}, [], id="a digest for one"
        ),
        pytest.param(
            {"concurrent_users": 2000, "replicas": {"ddp_streamer": 3}},
            [
                (
                    "replicas.ddp_streamer: 3 is fewer than the 4 that concurrent_users: 2000 needs"
                    " (one for each 500)."
                ),
            ],
            id="too few ddp-streamers",
        ),
        pytest.param(
            {"mode": "monolith", "replicas": {"presence": 3}},
            ["replicas.presence: has no effect, as none runs: mode is monolith."],
            id="a number for what doesn't run",
        ),
        pytest.param(
            {"nats_url": "nats://bus", "replicas": {"nats": 3}},
            ["replicas.nats: has no effect, as none runs: NATS is external."],
            id="a number for an external NATS",
        ),
        pytest.param(
            {"mode": "monolith", "monolith_features": "enabled"},
            ["monolith_features: has no effect, as mode is monolith."],
            id="features of a monolith",
        ),
        pytest.param(
            {"mode": "monolith", "monolith_features": "disabled"}, [], id="the default features"
        ),
        pytest.param(
            {"service": {"type": "NodePort"}},
            [
                (
                    "ingress: off, so that nothing of ours routes /websocket and /sockjs to"
                    " ddp-streamer. Have your own proxy do it, as the output routes says, or"
                    " people's clients won't connect."
                ),
            ],
            id="no way to ddp-streamer",
        ),
        pytest.param({"mode": "monolith", "ingress": {"enabled": False}}, [], id="no ddp-streamer"),
    ],
)
def test_what_may_not_be_meant_is_warned_about(asked: dict[str, Any], reported: list[str]) -> None:
    assert list(resolve(inputs(**asked)).warnings) == reported


COMPUTE = {"requests": {"cpu": "1"}}


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        pytest.param({"concurrent_users": 5000}, "concurrent_users", id="people"),
        pytest.param(
            {"services": {"presence": {"resources": COMPUTE}}}, "services.presence", id="resources"
        ),
        pytest.param(
            {
                "services": {
                    "presence": {
                        "autoscaling": {"min_replicas": 1, "max_replicas": 3},
                        "resources": COMPUTE,
                    },
                },
            },
            "services.presence",
            id="an autoscaler",
        ),
    ],
)
def test_what_is_given_for_what_does_not_run_is_warned_about(
    asked: dict[str, Any], key: str
) -> None:
    found = resolve(inputs(mode="monolith", **asked)).warnings
    assert [line.split(":")[0] for line in found if line.startswith(key)] == [key]


def test_an_autoscaler_that_stops_below_what_people_need_is_warned_about() -> None:
    found = resolve(
        inputs(
            license="L",
            concurrent_users=50_000,
            services={
                "ddp_streamer": {
                    "autoscaling": {"min_replicas": 1, "max_replicas": 3},
                    "resources": COMPUTE,
                },
            },
        ),
    ).warnings
    assert found == (
        (
            "services.ddp_streamer.autoscaling.max_replicas: 3 is fewer than the 100 that"
            " concurrent_users: 50000 needs (one for each 500)."
        ),
    )


def test_one_monolith_has_no_nats_because_it_is_one() -> None:
    found = resolve(inputs(mode="monolith", replicas={"nats": 3})).warnings
    assert found == ("replicas.nats: has no effect, as none runs: a single monolith needs no bus.",)
