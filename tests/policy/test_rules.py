"""Each rule: what it lets pass, what it tells, and in which words."""

from collections.abc import Iterable
from typing import Any

import pytest
from guardrails import rules
from guardrails.containers import CONTAINERS, VARIABLES

from components.inputs.ownership import OWNED_BY_INPUTS
from components.inputs.spec import SECRETS
from components.kube.objects import containers, kind_and_name, workloads
from components.naming import camel
from components.services import SERVICES
from tests.support.components import CANARY, Object, kept_objects

DIGEST = "sha256:" + "0" * 64
REQUESTS = {"cpu": "100m", "memory": "128Mi"}


def deployment(*held: Object, name: str = "chat-presence", **spec: Any) -> Object:  # noqa: ANN401
    return {
        "kind": "Deployment",
        "metadata": {"namespace": "chat", "name": name},
        "spec": {"template": {"spec": {"containers": list(held)}}, **spec},
    }


def container(name: str = "presence-service", **more: Any) -> Object:  # noqa: ANN401
    return {"name": name, **more}


def with_variable(name: str, value: object) -> Object:
    return deployment(container("rocketchat", env=[{"name": name, "value": value}]))


def told(found: Iterable[str]) -> list[str]:
    return list(found)


# What the pack says about the program.


def test_the_table_is_the_programs_own() -> None:
    ours = {held.service: name for name, held in CONTAINERS.items() if held.service}
    assert ours == {service.config_name: service.container for service in SERVICES}


def test_each_key_for_a_secret_is_one_of_the_programs() -> None:
    assert set(VARIABLES.values()) <= {camel(name) for name in SECRETS}


def test_no_value_that_the_pack_names_is_refused_by_the_program() -> None:
    owned = {".".join(("values", *path)) for path in OWNED_BY_INPUTS}
    for held in CONTAINERS.values():
        assert not {held.image, held.resources} & owned


@pytest.mark.parametrize("case", ["per-service", "ingress-tls", "monolith-and-nats"])
def test_the_table_knows_each_container_that_the_chart_renders(case: str) -> None:
    rendered = workloads(kept_objects(case))
    assert {held["name"] for one in rendered for held in containers(one)} <= set(CONTAINERS)


# Secrets.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROCKETCHAT_LICENSE", CANARY),
        ("REG_TOKEN", CANARY),
        ("ADMIN_PASS_PASSWORD", CANARY),
        ("MYSQL_ROOT_PASSWD", CANARY),
        ("OVERWRITE_SETTING_Accounts_OAuth_Google_secret", CANARY),
        ("AWS_ACCESS_KEY", CANARY),
        ("SOME_PASSWORD", "123456"),
        ("MONGO_URL", f"mongodb://chat:{CANARY}@db-0.example.com,db-1.example.com/chat"),
        ("MONGO_URL", f"mongodb://chat:{CANARY}/@:x@db.example.com/chat"),
        ("MAIL_URL", f"smtp://:{CANARY}@mail.example.com:587"),
        ("TRANSPORTER", f"monolith+nats://chat:{CANARY}@nats.example.com:4222"),
        ("TRANSPORTER", f"nats://{CANARY}@nats.example.com:4222"),
        ("ANYTHING", f"see https://chat:{CANARY}@example.com"),
    ],
)
def test_a_secret_in_plain_environment_is_told_and_not_shown(name: str, value: str) -> None:
    (sentence,) = rules.plain_secrets(with_variable(name, value), ours=True)
    assert sentence.startswith(
        f"Deployment chat/chat-presence, container rocketchat: {name} holds a secret in plain text."
    )
    assert value not in sentence
    assert CANARY not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRANSPORTER", "nats://chat-nats:4222"),
        ("TRANSPORTER", "monolith+$(NATS_URL)"),
        ("MONGO_URL", "mongodb://$(USER):$(PASSWORD)@db.example.com/chat"),
        ("ADMIN_PASSWORD", "$(OTHER)"),
        ("LICENSE_CHECK_INTERVAL", "20"),
        ("TOKEN_LIFETIME", "15m"),
        ("OVERWRITE_SETTING_Accounts_Password_Policy_Enabled", "true"),
        ("PASSWORD_FILE", "/run/secrets/password"),
        ("TOKEN_URL", "https://login.example.com/token"),
        ("ROOT_URL", "https://chat.example.com:8443/a@b"),
        ("ROOT_URL", "http://chat.example.com:3000, ops@example.com"),
        ("LICENSE", ""),
        ("LICENSE", None),
    ],
)
def test_what_is_no_secret_passes(name: str, value: object) -> None:
    assert told(rules.plain_secrets(with_variable(name, value), ours=True)) == []


def test_a_secret_that_is_not_known_yet_is_one_all_the_same() -> None:
    assert len(told(rules.plain_secrets(with_variable("REG_TOKEN", ...), ours=True))) == 1
    assert told(rules.plain_secrets(with_variable("ROOT_URL", ...), ours=True)) == []


def test_a_reference_to_a_secret_passes() -> None:
    reference = {"secretKeyRef": {"name": "chat-environment", "key": "REG_TOKEN"}}
    held = container(env=[{"name": "REG_TOKEN", "valueFrom": reference}])
    assert told(rules.plain_secrets(deployment(held), ours=True)) == []


@pytest.mark.parametrize(
    ("name", "ours", "words"),
    [
        ("REG_TOKEN", True, "Set the secret registrationToken in place of it (pulumi config set"),
        ("REG_TOKEN", True, " --secret registrationToken), and change it where it comes from"),
        ("HOOK_TOKEN", True, "name that by valueFrom.secretKeyRef in values.extraEnv, and change"),
        ("REG_TOKEN", False, "name that by valueFrom.secretKeyRef, and change it"),
    ],
)
def test_it_is_told_where_a_secret_belongs(name: str, ours: bool, words: str) -> None:  # noqa: FBT001
    (sentence,) = rules.plain_secrets(with_variable(name, CANARY), ours=ours)
    assert words in sentence


def test_init_containers_have_an_environment_too() -> None:
    one = deployment(container())
    env = [{"name": "HOOK_TOKEN", "value": CANARY}]
    one["spec"]["template"]["spec"]["initContainers"] = [container("wait", env=env)]
    (sentence,) = rules.plain_secrets(one, ours=True)
    assert "container wait: HOOK_TOKEN" in sentence


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Pod", lambda pod: pod),
        ("Job", lambda pod: {"template": {"spec": pod}}),
        ("CronJob", lambda pod: {"jobTemplate": {"spec": {"template": {"spec": pod}}}}),
    ],
)
def test_every_kind_that_makes_pods_is_read(kind: str, spec: Any) -> None:  # noqa: ANN401
    held = container("work", env=[{"name": "HOOK_TOKEN", "value": CANARY}], image="busybox")
    one = {"kind": kind, "metadata": {"name": "work"}, "spec": spec({"containers": [held]})}
    assert len(told(rules.plain_secrets(one, ours=False))) == 1
    assert len(told(rules.floating_images(one, ours=False))) == 1
    assert len(told(rules.missing_requests(one, ours=False))) == 1


def test_a_config_map_is_plain_environment_too() -> None:
    data = {"HOOK_TOKEN": CANARY, "ROOT_URL": "https://chat.example.com", "token.md": "About"}
    one = {"kind": "ConfigMap", "metadata": {"namespace": "chat", "name": "more"}, "data": data}
    (sentence,) = rules.plain_secrets(one, ours=False)
    assert sentence.startswith("ConfigMap chat/more: HOOK_TOKEN holds a secret in plain text.")
    assert CANARY not in sentence


@pytest.mark.parametrize("case", ["per-service", "ingress-tls", "monolith-nats", "external-nats"])
def test_the_chart_puts_no_secret_in_plain_environment(case: str) -> None:
    for one in kept_objects(case):
        assert told(rules.plain_secrets(one, ours=True)) == []


def test_the_licence_that_the_chart_itself_puts_there_is_told() -> None:
    objects = workloads(kept_objects("every-value"))
    found = [sentence for one in objects for sentence in rules.plain_secrets(one, ours=True)]
    assert any("LICENSE holds a secret in plain text. Set the secret license" in s for s in found)


# Images.


@pytest.mark.parametrize(
    "image",
    [
        "rocketchat/rocket.chat:8.6.1",
        "rocketchat/rocket.chat:8.6.0-rc.1",
        "mirror.example.com:5000/nats:2.12.1-alpine",
        "nats:v2.12.1",
        f"rocketchat/rocket.chat@{DIGEST}",
        f"rocketchat/rocket.chat:develop@{DIGEST}",
    ],
)
def test_a_full_version_or_a_digest_is_pinned(image: str) -> None:
    assert rules.is_pinned(image)
    assert told(rules.floating_images(deployment(container(image=image)), ours=True)) == []


@pytest.mark.parametrize(
    "image",
    [
        "busybox",
        "mirror.example.com:5000/busybox",
        "rocketchat/rocket.chat:latest",
        "rocketchat/rocket.chat:8",
        "rocketchat/rocket.chat:8.6",
        "rocketchat/rocket.chat:develop",
        "rocketchat/rocket.chat:8.6.1develop",
        "nats:2.12-alpine",
        "rocketchat/rocket.chat@sha256:00",
    ],
)
def test_everything_else_floats(image: str) -> None:
    assert not rules.is_pinned(image)
    (sentence,) = rules.floating_images(deployment(container(image=image)), ours=True)
    assert sentence == (
        f"Deployment chat/chat-presence, container presence-service: image {image} floats, so that"
        " what runs depends on when a node pulled it. Set image.tag to a full version such as"
        " 8.6.1."
    )


@pytest.mark.parametrize(
    ("name", "ours", "words"),
    [
        ("nats", True, "Set values.nats.nats.image to an image with a full version"),
        ("reloader", True, "Set values.nats.reloader.image to"),
        ("metrics", True, "Set values.nats.exporter.image to"),
        ("nats-box", True, "Set values.nats.natsbox.image to"),
        ("wait", True, "Set the image of wait to"),
        ("nats", False, "Set the image of nats to"),
    ],
)
def test_it_is_told_where_an_image_comes_from(name: str, ours: bool, words: str) -> None:  # noqa: FBT001
    (sentence,) = rules.floating_images(deployment(container(name, image="x:1")), ours=ours)
    assert words in sentence


def test_an_image_that_is_not_known_yet_waits_for_the_update() -> None:
    assert told(rules.floating_images(deployment(container(image=...)), ours=True)) == []


# Requests.


def test_a_container_without_requests_is_told_with_the_keys_that_set_them() -> None:
    (sentence,) = rules.missing_requests(deployment(container("ddp-streamer")), ours=True)
    assert sentence == (
        "Deployment chat/chat-presence, container ddp-streamer: no request for cpu and memory. Set"
        " resources.ddpStreamer.requests.cpu and resources.ddpStreamer.requests.memory."
    )


def test_only_what_is_missing_is_told() -> None:
    held = container("metrics", resources={"requests": {"cpu": "100m"}})
    (sentence,) = rules.missing_requests(deployment(held), ours=True)
    assert "no request for memory. Set values.nats.exporter.resources.requests.memory." in sentence


@pytest.mark.parametrize(
    "resources",
    [
        {"requests": REQUESTS},
        {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}},
        {"requests": {"cpu": ..., "memory": ...}},
    ],
)
def test_requests_may_come_from_limits_and_may_come_late(resources: Object) -> None:
    one = deployment(container(resources=resources))
    assert told(rules.missing_requests(one, ours=True)) == []


def test_of_the_init_containers_only_those_that_stay_need_requests() -> None:
    one = deployment(container(resources={"requests": REQUESTS}))
    one["spec"]["template"]["spec"]["initContainers"] = [
        container("wait"),
        container("proxy", restartPolicy="Always"),
    ]
    (sentence,) = rules.missing_requests(one, ours=False)
    assert "container proxy: no request" in sentence


# The chart.


def test_a_chart_with_a_digest_is_pinned() -> None:
    outputs = {"chartVersion": "7.0.2", "chartDigest": "0" * 64}
    assert told(rules.unpinned_chart("chat", outputs)) == []
    assert told(rules.unpinned_chart("chat", {"chartVersion": "7.0.2", "chartDigest": ...})) == []


@pytest.mark.parametrize("outputs", [{}, {"chartDigest": ""}])
def test_a_chart_without_one_is_not(outputs: Object) -> None:
    (sentence,) = rules.unpinned_chart("chat", {"chartVersion": "7.0.2", **outputs})
    assert sentence == (
        "RocketChat chat: chart 7.0.2 isn't pinned: another can come in its place. Remove"
        " chart.path, or give a package (.tgz) there and its SHA-256 as chart.digest."
    )


# Production.


def test_a_stack_is_production_by_its_name_or_its_tag() -> None:
    assert rules.is_production("live", {}, ["live"])
    assert rules.is_production("eu", {"environment": "production"}, [])
    assert not rules.is_production("eu", {"environment": "staging"}, ["live"])


def autoscaler(floor: Object, target: str = "chat-presence") -> Object:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    return {"kind": "HorizontalPodAutoscaler", "spec": {"scaleTargetRef": reference, **floor}}


@pytest.mark.parametrize("spec", [{}, {"replicas": 1}, {"replicas": 1.0}, {"replicas": 0}])
def test_a_single_instance_is_told(spec: Object) -> None:
    (sentence,) = rules.single_instances([deployment(container(), **spec)])
    assert sentence == (
        f"Deployment chat/chat-presence: runs {spec.get('replicas', 1):g}, and in production each"
        " service runs 2 or more. Set replicas.presence (or replicaCount) to 2 or more."
    )


@pytest.mark.parametrize("floor", [{}, {"minReplicas": 1}])
def test_what_an_autoscaler_may_scale_to_one_counts_as_one(floor: Object) -> None:
    specs: list[Object] = [{}, {"replicas": 5}]
    for spec in specs:
        one = deployment(container(), **spec)
        (sentence,) = rules.single_instances([one, autoscaler(floor)])
        assert "chat-presence: may be scaled down to 1, and" in sentence
        assert "Set autoscaling.presence.minReplicas to 2 or more." in sentence


def test_two_instances_pass_whoever_says_so() -> None:
    by_autoscaler = [deployment(container()), autoscaler({"minReplicas": 2})]
    assert told(rules.single_instances(by_autoscaler)) == []
    assert told(rules.single_instances([deployment(container(), replicas=2)])) == []
    assert told(rules.single_instances([deployment(container(), replicas=...)])) == []


def test_another_ones_autoscaler_does_not_count() -> None:
    other = autoscaler({"minReplicas": 2}, "chat-account")
    assert len(told(rules.single_instances([deployment(container()), other]))) == 1


def test_nats_is_a_service_and_its_box_a_tool() -> None:
    names = [sentence.split(":")[0] for sentence in rules.single_instances(chart_of_one())]
    assert "StatefulSet chat/chat-nats" in names
    assert "Deployment chat/chat-nats-box" not in names


def test_a_service_that_the_table_does_not_know_is_a_service() -> None:
    (sentence,) = rules.single_instances([deployment(container("queue-worker"))])
    assert "Set replicas.queue-worker (or replicaCount)" in sentence


def chart_of_one() -> list[Object]:
    objects = kept_objects("ingress-tls")
    for one in workloads(objects):
        one["metadata"].setdefault("namespace", "chat")
        one["spec"]["replicas"] = 1
    assert len({kind_and_name(one) for one in workloads(objects)}) > len(SERVICES)
    return objects


def ingress(spec: Object) -> Object:
    metadata = {"namespace": "chat", "name": "chat-rocketchat"}
    return {"kind": "Ingress", "metadata": metadata, "spec": spec}


RULES = [{"host": "chat.example.com"}]


@pytest.mark.parametrize(
    "tls",
    [
        [{"hosts": ["chat.example.com"], "secretName": "chat-tls"}],
        [{"hosts": ["*.example.com"], "secretName": "all-tls"}],
        [{"secretName": "chat-tls"}],
        [{"hosts": [...], "secretName": "chat-tls"}],
    ],
)
def test_a_host_with_tls_passes(tls: list[Object]) -> None:
    assert told(rules.hosts_without_tls("chat", [ingress({"rules": RULES, "tls": tls})])) == []


@pytest.mark.parametrize(
    "tls",
    [
        [],
        [{"hosts": ["other.example.com"], "secretName": "other-tls"}],
        [{"hosts": ["*.chat.example.com"], "secretName": "other-tls"}],
    ],
)
def test_a_host_without_tls_is_told_once(tls: list[Object]) -> None:
    spec = {"rules": RULES + RULES, "tls": tls}
    (sentence,) = rules.hosts_without_tls("chat", [ingress(spec)])
    assert sentence.startswith(
        "Ingress chat/chat-rocketchat: host chat.example.com has no TLS. Set ingress.tlsSecret to",
    )
    assert sentence.endswith("set tls to false in the config of this policy.")


def test_an_ingress_for_every_host_needs_tls_for_every_host() -> None:
    (sentence,) = rules.hosts_without_tls("chat", [ingress({"rules": [{"http": {}}]})])
    assert "host * has no TLS" in sentence


def test_a_workspace_without_an_ingress_is_told() -> None:
    (sentence,) = rules.hosts_without_tls("chat", [deployment(container())])
    assert sentence.startswith(
        "RocketChat chat: no Ingress serves it by TLS. Set ingress.enabled to true, and"
        " ingress.tlsSecret.",
    )
