"""The component under mocks, as a preview and for real: what the engine is asked for."""

import asyncio
import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.output import Unknown

from components.inputs.errors import ValidationErrors
from components.kube.objects import kind_and_name, workloads
from components.naming import camel
from components.rocketchat import RocketChat
from tests.support.components import (
    CANARY,
    CASES,
    OFF,
    PER_SERVICE,
    Object,
    inputs,
    kept_objects,
    of_kind,
    problems_of,
    refusal,
    rendering_of,
    variables,
    without_nats,
)
from tests.support.mock_engine import Engine, Sealed

COMPONENT = "rocketchat:index:RocketChat"
NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "kubernetes:core/v1:Secret"
GROUP = "kubernetes:yaml/v2:ConfigGroup"

pytestmark = pytest.mark.timeout(30)


def _deploy(engine: Engine, **more: Any) -> None:  # noqa: ANN401 - any input
    engine.deploy({"namespace": "chat", **inputs(**more)})


def _running(engine: Engine) -> dict[str, int]:
    """Instances that the objects ask for, by the workload's name."""
    return {
        name: one["spec"]["replicas"]
        for kind in ("Deployment", "StatefulSet")
        for name, one in of_kind(engine.objects, kind).items()
        if name != "chat-nats-box"
    }


def _transporters(engine: Engine) -> dict[str, Any]:
    found = of_kind(engine.objects, "Deployment").items()
    return {name: variables(one).get("TRANSPORTER") for name, one in found if "box" not in name}


def test_a_workspace_is_a_namespace_and_one_group_of_objects_below_the_component(
    engine: Engine,
) -> None:
    _deploy(engine, **CASES["per-service"])
    asked = [(one.type, one.name, one.parent, one.after) for one in engine.monitor.registered]
    assert asked == [
        (COMPONENT, "talk", "rocketchat-test", []),
        (NAMESPACE, "talk-namespace", "talk", []),
        (GROUP, "talk-objects", "talk", ["talk-namespace"]),
    ]
    assert engine.registered["talk-namespace"].inputs["metadata"]["name"] == "chat"
    assert engine.registered["talk-objects"].inputs["resourcePrefix"] == "talk"


def test_every_rendered_object_is_registered_in_the_namespace(engine: Engine) -> None:
    _deploy(engine, **CASES["per-service"])
    rendered = {kind_and_name(one) for one in kept_objects("per-service") if one["kind"] != "Pod"}
    names = [kind_and_name(one) for one in engine.objects]
    assert rendered <= {*names}
    assert len(names) == len({*names})
    assert {one["metadata"]["namespace"] for one in engine.objects} == {"chat"}


@pytest.mark.parametrize(
    ("case", "running"),
    [
        (
            "per-service",
            {
                "chat-rocketchat": 3,
                "chat-presence": 2,
                "chat-ddp-streamer": 8,
                "chat-account": 4,
                "chat-authorization": 5,
                "chat-queue-worker": 1,
                "chat-omnichannel-transcript": 1,
                "chat-nats": 5,
            },
        ),
        (
            "external-nats",
            {
                "chat-rocketchat": 1,
                "chat-presence": 1,
                "chat-ddp-streamer": 1,
                "chat-account": 1,
                "chat-authorization": 1,
                "chat-queue-worker": 1,
                "chat-omnichannel-transcript": 1,
            },
        ),
        (
            "ingress-tls",
            {
                "chat-rocketchat": 1,
                "chat-presence": 1,
                "chat-ddp-streamer": 1,
                "chat-account": 1,
                "chat-authorization": 1,
                "chat-queue-worker": 1,
                "chat-omnichannel-transcript": 1,
                "chat-nats": 2,
            },
        ),
        ("monolith-nats", {"chat-rocketchat": 3, "chat-nats": 3}),
    ],
)
def test_what_was_asked_for_is_what_runs_and_what_the_outputs_say(
    engine: Engine, case: str, running: dict[str, int]
) -> None:
    _deploy(engine, **CASES[case])
    assert _running(engine) == running
    reported = {name: each["instances"] for name, each in engine.outputs["endpoints"].items()}
    assert engine.outputs["instances"] == reported
    by_workload = {
        each["workload"].partition("/")[2]: each["instances"]
        for each in engine.outputs["endpoints"].values()
    }
    assert by_workload == running


def test_a_monolith_alone_has_no_bus(engine: Engine) -> None:
    engine.provider.render = lambda _: without_nats(kept_objects("monolith-alone"))
    _deploy(engine, mode="monolith", **OFF)
    assert _running(engine) == {"chat-rocketchat": 1}
    assert _transporters(engine) == {"chat-rocketchat": None}
    assert list(engine.outputs["endpoints"]) == ["rocketchat"]


HERE = "nats://chat-nats:4222"
OMNICHANNEL = ("chat-queue-worker", "chat-omnichannel-transcript")
THERE = {"secretKeyRef": {"name": "chat-nats-url", "key": "url"}}


@pytest.mark.parametrize(
    ("case", "more", "monolith", "dedicated"),
    [
        pytest.param("per-service", {}, HERE, HERE, id="bundled"),
        pytest.param(
            "per-service",
            {"monolith_features": "enabled"},
            f"monolith+{HERE}",
            HERE,
            id="bundled, features kept",
        ),
        pytest.param("external-nats", {}, THERE, THERE, id="external"),
        pytest.param(
            "external-nats",
            {"monolith_features": "enabled"},
            "monolith+$(NATS_URL)",
            THERE,
            id="external, features kept",
        ),
    ],
)
def test_every_service_is_on_the_bus(
    engine: Engine, case: str, more: dict[str, Any], monolith: object, dedicated: object
) -> None:
    _deploy(engine, **CASES[case], **more)
    assert _transporters(engine) == {
        "chat-rocketchat": monolith,
        "chat-presence": dedicated,
        "chat-ddp-streamer": dedicated,
        "chat-account": dedicated,
        "chat-authorization": dedicated,
        # A monolith that keeps its features does their work.
        **dict.fromkeys(() if more else OMNICHANNEL, dedicated),
    }


def test_the_outputs_are_taken_from_the_objects(engine: Engine) -> None:
    _deploy(engine, **CASES["ingress-tls"])
    found = dict(engine.outputs)
    endpoints = found.pop("endpoints")
    assert endpoints["ddpStreamer"] == {
        "workload": "Deployment/chat-ddp-streamer",
        "instances": 1,
        "dns": "chat-ddp-streamer.chat.svc.cluster.local",
        "ports": {"http": 3000, "metrics": 9458},
        "publicUrl": "wss://chat.example.com/websocket",
    }
    assert endpoints["nats"]["servers"] == [
        "chat-nats-0.chat-nats.chat.svc.cluster.local",
        "chat-nats-1.chat-nats.chat.svc.cluster.local",
    ]
    expected = {
        "url": "https://chat.example.com",
        "namespace": "chat",
        "chartVersion": "7.0.2",
        "appVersion": "8.6.1",
        "instances": {
            "rocketchat": 1,
            "presence": 1,
            "ddpStreamer": 1,
            "account": 1,
            "authorization": 1,
            "queueWorker": 1,
            "omnichannelTranscript": 1,
            "nats": 2,
        },
    }
    assert {key: found[key] for key in expected} == expected


def test_the_attributes_are_the_registered_outputs(engine: Engine) -> None:
    names = ("url", "endpoints", "instances", "namespace", "chart_version", "app_version")
    args: Any = {
        "chart": {"path": str(engine.chart)},
        **inputs(namespace="chat", **CASES["per-service"]),
    }

    def attributes() -> dict[str, object]:
        workspace = RocketChat("talk", args)
        return {name: getattr(workspace, name) for name in names}

    found = engine.read(attributes)
    assert found == {name: engine.outputs[camel(name)] for name in names}


def test_the_namespace_may_be_somebody_elses(engine: Engine) -> None:
    _deploy(engine, create_namespace=False, **CASES["per-service"])
    assert [one.type for one in engine.monitor.registered] == [COMPONENT, GROUP]


def test_services_are_not_waited_for_unless_they_get_an_address(engine: Engine) -> None:
    _deploy(engine, **CASES["ingress-tls"])
    for kind in ("Service", "Ingress"):
        for one in of_kind(engine.objects, kind).values():
            assert one["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"
    (ingress,) = of_kind(engine.objects, "Ingress").values()
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"
    for kind in ("Deployment", "StatefulSet"):
        for one in of_kind(engine.objects, kind).values():
            assert "pulumi.com/skipAwait" not in one["metadata"].get("annotations", {})


def test_every_object_is_written_as_the_stack_and_waited_for_as_long_as_was_asked(
    engine: Engine,
) -> None:
    engine.provider.render = _with_secrets
    _deploy(engine, timeout_seconds=90, **SECRETS, **OFF)
    registered = [one.inputs for one in engine.monitor.registered if "metadata" in one.inputs]
    assert len(registered) == 1 + len(MADE)
    for metadata in (one["metadata"] for one in (*engine.objects, *registered)):
        annotations = metadata["annotations"]
        assert annotations["pulumi.com/patchFieldManager"] == "pulumi-kubernetes-test"
        assert annotations["pulumi.com/timeoutSeconds"] == "90"
    for one in workloads(engine.objects):
        reported = one["spec"]["template"].get("metadata", {}).get("annotations", {})
        assert not [key for key in reported if key.startswith("pulumi.com/")]


def _with_secrets(values: dict[str, Any]) -> list[Object]:
    """The rendering without secrets, with the monolith reading those that the values name."""
    plain = {key: held for key, held in values.items() if key != "smtp"}
    plain["existingMongodbSecret"] = "chat-mongodb"
    text = json.dumps(rendering_of(plain))
    objects: list[Object] = json.loads(
        text.replace('"chat-mongodb"', f'"{values["existingMongodbSecret"]}"')
    )
    (held,) = of_kind(objects, "Deployment")["chat-rocketchat"]["spec"]["template"]["spec"][
        "containers"
    ]
    mail = {"name": values["smtp"]["existingSecret"], "key": "mail-url"}
    held["env"].append({"name": "MAIL_URL", "valueFrom": {"secretKeyRef": mail}})
    return objects


SECRETS = {
    "mongodb_secret": None,
    "mongodb_url": f"mongodb://u:{CANARY}@db/rocketchat",
    "nats_url": f"nats://u:{CANARY}@bus:4222",
    "license": f"{CANARY}-licence",
    "registration_token": f"{CANARY}-token",
    "smtp": {"host": "mail.example.com", "username": "chat@example.com"},
    "smtp_password": f"{CANARY}@/ %",
}
MADE = {
    "chat-mongodb-url": {"mongo-uri": f"mongodb://u:{CANARY}@db/rocketchat"},
    "chat-nats-url": {"url": f"nats://u:{CANARY}@bus:4222"},
    "chat-environment": {
        "ROCKETCHAT_LICENSE": f"{CANARY}-licence",
        "REG_TOKEN": f"{CANARY}-token",
    },
    "chat-smtp": {
        "mail-url": f"smtp://chat%40example.com:{CANARY}%40%2F%20%25@mail.example.com:587",
    },
}


@pytest.fixture(params=["plain", "late"])
def secrets(request: pytest.FixtureRequest) -> Callable[[], dict[str, Any]]:
    """Every secret there is: as texts, and as what is known only later."""

    def made() -> dict[str, Any]:
        late = request.param == "late"
        return {
            key: pulumi.Output.secret(text) if late and isinstance(text, str) else text
            for key, text in SECRETS.items()
        }

    return made


def test_secrets_travel_in_secrets_and_nowhere_else(
    engine: Engine, secrets: Callable[[], dict[str, Any]]
) -> None:
    engine.provider.render = _with_secrets
    _deploy(engine, **secrets(), **OFF)
    made = [one for one in engine.monitor.registered if one.type == SECRET]
    assert {one.inputs["metadata"]["name"]: one.inputs["stringData"] for one in made} == {
        name: Sealed(data) for name, data in MADE.items()
    }
    for one in made:
        assert one.inputs["metadata"]["namespace"] == "chat"
        assert (one.parent, one.after) == ("talk", ["talk-namespace"])
    elsewhere = [one for one in engine.monitor.registered if one.type != SECRET]
    seen = f"{elsewhere} {engine.outputs} {engine.log.lines} {engine.provider.requests}"
    for hidden in (CANARY, base64.b64encode(CANARY.encode()).decode()[:-4]):
        assert hidden not in seen


def _digests(engine: Engine) -> dict[str, dict[str, str]]:
    """The digests of our Secrets in the pods' annotations, by workload."""
    return {
        one["metadata"]["name"]: {
            key.removeprefix("checksum/"): digest
            for key, digest in one["spec"]["template"]["metadata"].get("annotations", {}).items()
            if key.removeprefix("checksum/") in MADE
        }
        for one in of_kind(engine.objects, "Deployment").values()
    }


def test_a_workload_has_digests_of_the_secrets_that_it_reads(engine: Engine) -> None:
    engine.provider.render = _with_secrets
    _deploy(engine, **SECRETS, **OFF)
    found = _digests(engine)
    bus_and_database = {"chat-mongodb-url", "chat-nats-url"}
    assert {name: {*digests} for name, digests in found.items()} == {
        "chat-rocketchat": {*MADE},
        "chat-presence": bus_and_database,
        "chat-ddp-streamer": bus_and_database,
        "chat-account": bus_and_database,
        "chat-authorization": bus_and_database,
        "chat-queue-worker": bus_and_database,
        "chat-omnichannel-transcript": bus_and_database,
    }
    assert len({digests["chat-nats-url"] for digests in found.values()}) == 1
    template = of_kind(engine.objects, "Deployment")["chat-rocketchat"]["spec"]["template"]
    assert "checksum/secret" in template["metadata"]["annotations"], "the chart's own is kept"


@pytest.mark.parametrize(
    ("rotated", "value", "rolled"),
    [
        ("license", f"{CANARY}-new", {"chat-rocketchat"}),
        ("smtp_password", f"{CANARY}-new", {"chat-rocketchat"}),
        (
            "nats_url",
            f"nats://u:{CANARY}-new@bus:4222",
            {
                "chat-rocketchat",
                "chat-presence",
                "chat-ddp-streamer",
                "chat-account",
                "chat-authorization",
                "chat-queue-worker",
                "chat-omnichannel-transcript",
            },
        ),
    ],
)
def test_a_rotation_rolls_the_pods_that_read_the_secret_and_no_others(
    engine: Engine, rotated: str, value: str, rolled: set[str]
) -> None:
    engine.provider.render = _with_secrets
    _deploy(engine, **SECRETS, **OFF)
    before = _digests(engine)
    _deploy(engine, **SECRETS, **OFF)
    assert _digests(engine) == before
    _deploy(engine, **{**SECRETS, rotated: value}, **OFF)
    after = _digests(engine)
    assert {name for name in before if after[name] != before[name]} == rolled


def test_wrong_inputs_are_reported_before_anything_is_touched(engine: Engine) -> None:
    reported = problems_of(lambda: _deploy(engine, replica_count=0, mode="micro", ddp_streamer=2))
    assert {line.split(":")[0] for line in reported} == {"replica_count", "mode", "ddp_streamer"}
    assert engine.monitor.registered == []
    assert engine.provider.requests == []


def test_a_chart_that_is_not_there_is_reported_before_anything_is_touched(engine: Engine) -> None:
    reported = refusal(lambda: _deploy(engine, chart={"path": "/no/such/chart.tgz"}))
    assert reported.startswith("chart.path: /no/such/chart.tgz can't be read")
    assert engine.monitor.registered == []


def _children(engine: Engine) -> list[str]:
    return [one.name for one in engine.monitor.registered if one.type != COMPONENT]


def test_what_helm_says_is_reported_before_anything_is_made(engine: Engine) -> None:
    reported = refusal(lambda: _deploy(engine, replicas={"presence": 77}))
    assert reported.startswith("chart: The chart can't be rendered: ")
    assert "no rendering of these values was kept" in reported
    assert _children(engine) == []


def test_a_chart_that_ignores_what_was_asked_for_is_reported_and_nothing_is_made(
    engine: Engine,
) -> None:
    """As chart 7.0.2 does with the keys that its own guide teaches."""
    engine.provider.render = lambda _: kept_objects("per-service")
    asked = {**PER_SERVICE, "presence": 6, "nats": 3}
    reported = refusal(lambda: _deploy(engine, replicas=asked, **OFF))
    assert "Deployment/chat-presence spec.replicas: asked for 6, rendered 2" in reported
    assert "StatefulSet/chat-nats spec.replicas: asked for 3, rendered 5" in reported
    assert "chat-account" not in reported
    assert "nothing was changed" in reported
    assert _children(engine) == []


@pytest.mark.parametrize(
    ("case", "args", "missed"),
    [
        pytest.param(
            "monolith-nats",
            CASES["per-service"],
            ["presence", "ddp_streamer", "account", "authorization"],
            id="no dedicated services",
        ),
        pytest.param("per-service", {"mode": "monolith", **OFF}, ["presence"], id="too many"),
        pytest.param("external-nats", CASES["per-service"], ["nats"], id="no NATS"),
        pytest.param(
            "per-service",
            {**CASES["per-service"], "nats_url": "nats://bus"},
            ["StatefulSet/chat-nats"],
            id="NATS in vain",
        ),
    ],
)
def test_a_service_too_few_or_too_many_is_reported_and_nothing_is_made(
    engine: Engine, case: str, args: dict[str, Any], missed: list[str]
) -> None:
    engine.provider.render = lambda _: kept_objects(case)
    reported = refusal(lambda: _deploy(engine, **args))
    assert [name for name in missed if name not in reported] == []
    assert "nothing was changed" in reported
    assert _children(engine) == []


def test_warnings_are_logged_by_the_names_that_their_author_wrote(engine: Engine) -> None:
    args: Any = {
        **inputs(**CASES["per-service"], concurrent_users=9000),
        "namespace": "chat",
        "chart": {"path": str(engine.chart)},
    }
    engine.run(lambda: RocketChat("talk", args))
    needs = "8 is fewer than the 18 that {1}: 9000 needs (one for each 500)."
    reported = f"{{0}}: {needs}"
    assert reported.format("replicas.ddp_streamer", "concurrent_users") in engine.warnings
    camelised = {camel(name): value for name, value in args.items()}
    camelised["replicas"] = {camel(name): value for name, value in args["replicas"].items()}
    written: Any = camelised
    engine.run(lambda: RocketChat("talk", written, errors=ValidationErrors(camel)))
    assert reported.format("replicas.ddpStreamer", "concurrentUsers") in engine.warnings


@pytest.mark.parametrize(("version", "warns"), [("7.0.2", False), ("7.1.0", True)])
def test_a_chart_that_was_never_tried_is_warned_about(
    engine: Engine,
    version: str,
    warns: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    engine.provider.render = lambda _: kept_objects("per-service")
    about = engine.chart / "Chart.yaml"
    text = re.sub(
        "^version: .*$", f"version: {version}", about.read_text("utf-8"), flags=re.MULTILINE
    )
    about.write_text(text, encoding="utf-8")
    _deploy(engine, **CASES["per-service"])
    reported = f"chart: version {version} was never tested with this program; 7.0.2, "
    assert any(warning.startswith(reported) for warning in engine.warnings) == warns


def test_values_that_the_chart_drops_are_warned_about(engine: Engine) -> None:
    engine.provider.render = lambda _: kept_objects("per-service")
    own = {"podLabel": {"team": "chat"}}
    _deploy(engine, **CASES["per-service"], values=own)
    reported = "values: the chart has no key podLabel, and Helm ignores it. Did you mean podLabels?"
    assert reported in engine.warnings
    assert engine.request["values"]["podLabel"] == {"team": "chat"}


def test_values_without_which_the_chart_renders_the_same_are_warned_about(engine: Engine) -> None:
    engine.provider.render = lambda _: kept_objects("per-service")
    template = engine.chart / "templates" / "monolith.yaml"
    template.parent.mkdir()
    template.write_text("{{ .Values.extraEnv }}", encoding="utf-8")
    variables = {"extraEnv": [{"name": "PROXY", "value": "http://proxy"}]}
    own = {"microservices": {"ddpStreamer": variables}, "podLabels": {"team": "chat"}}
    _deploy(engine, **CASES["per-service"], values=own)
    assert (
        "values: microservices.ddpStreamer.extraEnv changes nothing that the chart renders."
        " Use services.ddpStreamer.variables."
    ) in engine.warnings
    assert not [warning for warning in engine.warnings if "podLabels" in warning]


def test_a_mirror_serves_every_image(engine: Engine) -> None:
    engine.provider.render = lambda _: kept_objects("per-service")
    _deploy(engine, **CASES["per-service"], image={"registry": "mirror.example.com:5000"})
    for kind in ("Deployment", "StatefulSet"):
        for one in of_kind(engine.objects, kind).values():
            for held in one["spec"]["template"]["spec"]["containers"]:
                assert held["image"].startswith("mirror.example.com:5000/")
                assert held["image"].count("mirror.example.com:5000/") == 1


def test_a_url_of_a_wrong_form_that_comes_late_is_refused_and_not_shown(engine: Engine) -> None:
    late = pulumi.Output.secret(f"http://{CANARY}")
    reported = refusal(lambda: _deploy(engine, nats_url=late, **OFF))
    assert reported.startswith("nats_url: isn't a URL that begins with nats:// ")
    assert CANARY not in reported
    assert "talk-objects" not in engine.registered


def _renamed() -> list[Object]:
    """What the chart renders where its NATS is called otherwise."""
    text = json.dumps(kept_objects("per-service"))
    return json.loads(re.sub(r"chat-nats(?=[\".-])(?!-(box|config|metrics))", "bus", text))  # type: ignore[no-any-return]  # JSON: a list


def test_a_bus_that_nobody_would_find_is_reported_and_nothing_is_made(engine: Engine) -> None:
    engine.provider.render = lambda _: _renamed()
    own = {"nats": {"fullnameOverride": "bus"}}
    reported = refusal(lambda: _deploy(engine, **CASES["per-service"], values=own))
    assert "values: Service of StatefulSet/bus: asked for chat-nats, rendered ['bus', " in reported
    assert _children(engine) == []


@pytest.mark.parametrize("engine", [True], ids=["preview"], indirect=True)
def test_a_database_that_is_made_in_the_same_update_is_not_known_in_a_preview(
    engine: Engine,
) -> None:
    def render(values: dict[str, Any]) -> list[Object]:
        return rendering_of({**values, "existingMongodbSecret": "chat-mongodb"})

    def later(value: object) -> "asyncio.Future[Any]":
        future = asyncio.get_event_loop().create_future()
        future.set_result(value)
        return future

    def program() -> None:
        url = pulumi.Output(set(), later(None), later(value=False), later(value=True))
        args: Any = {
            **inputs(namespace="chat", **CASES["per-service"]),
            "mongodb_url": url,
            "chart": {"path": str(engine.chart)},
        }
        del args["mongodb_secret"]
        RocketChat("talk", args)

    engine.provider.render = lambda values: json.loads(
        json.dumps(render(values)).replace('"chat-mongodb"', '"chat-mongodb-url"')
    )
    engine.run(program)
    data = engine.registered["talk-chat-mongodb-url"].inputs["stringData"]
    assert isinstance(data, Unknown)
    template = of_kind(engine.objects, "Deployment")["chat-presence"]["spec"]["template"]
    digest = template["metadata"]["annotations"]["checksum/chat-mongodb-url"]
    assert isinstance(digest, Unknown)
    assert engine.outputs["instances"]["ddpStreamer"] == 8
