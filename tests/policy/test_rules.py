"""The rules: what passes, what doesn't, and the messages."""

from typing import Any

import pytest
from guardrails import rules
from guardrails.containers import CONTAINERS, SECRET_KEYS

from components.inputs.ownership import OWNED_BY_INPUTS
from components.inputs.resolve import SECRETS
from components.kube.objects import containers, kind_and_name, workloads
from components.naming import camel
from components.services import SERVICES
from tests.support.components import CANARY, Object, kept_objects

DIGEST = "sha256:" + "0" * 64
REQUESTS = {"cpu": "100m", "memory": "128Mi"}


def deployment(*pod_containers: Object, **spec: Any) -> Object:  # noqa: ANN401 - JSON
    return {
        "kind": "Deployment",
        "metadata": {"namespace": "chat", "name": "chat-presence"},
        "spec": {"template": {"spec": {"containers": list(pod_containers)}}, **spec},
    }


def container(name: str = "presence-service", **fields: Any) -> Object:  # noqa: ANN401 - JSON
    return {"name": name, **fields}


def with_variable(name: str, value: object) -> Object:
    return deployment(container("rocketchat", env=[{"name": name, "value": value}]))


# The pack's own table, compared with the program.


def test_the_table_has_the_services_of_the_program() -> None:
    table = {keys["service"]: name for name, keys in CONTAINERS.items() if keys["service"]}
    assert table == {service.config_name: service.container for service in SERVICES}


def test_every_secret_key_is_an_input_of_the_program() -> None:
    assert set(SECRET_KEYS.values()) <= {camel(name) for name in SECRETS}


def test_the_program_accepts_every_value_that_the_table_names() -> None:
    owned = {".".join(("values", *path)) for path in OWNED_BY_INPUTS}
    for keys in CONTAINERS.values():
        assert not {keys["image"], keys["resources"]} & owned


@pytest.mark.parametrize("case", ["per-service", "ingress-tls", "monolith-and-nats"])
def test_the_table_has_every_container_that_the_chart_renders(case: str) -> None:
    names = {item["name"] for obj in workloads(kept_objects(case)) for item in containers(obj)}
    assert names <= set(CONTAINERS)


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
def test_a_secret_in_plain_text_is_a_violation_whose_message_hides_it(
    name: str, value: str
) -> None:
    (message,) = rules.plain_secrets(with_variable(name, value), in_workspace=True)
    assert message.startswith(
        f"Deployment chat/chat-presence, container rocketchat: {name} contains a secret in plain"
        " text."
    )
    assert value not in message
    assert CANARY not in message


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
def test_other_variables_pass(name: str, value: object) -> None:
    assert list(rules.plain_secrets(with_variable(name, value), in_workspace=True)) == []


def test_an_unknown_value_of_a_secret_variable_is_a_violation() -> None:
    assert len(list(rules.plain_secrets(with_variable("REG_TOKEN", ...), in_workspace=True))) == 1
    assert list(rules.plain_secrets(with_variable("ROOT_URL", ...), in_workspace=True)) == []


def test_a_reference_to_a_secret_passes() -> None:
    reference = {"secretKeyRef": {"name": "chat-environment", "key": "REG_TOKEN"}}
    presence = container(env=[{"name": "REG_TOKEN", "valueFrom": reference}])
    assert list(rules.plain_secrets(deployment(presence), in_workspace=True)) == []


@pytest.mark.parametrize(
    ("name", "in_workspace", "words"),
    [
        ("REG_TOKEN", True, "Set the secret registrationToken instead (pulumi config set"),
        ("REG_TOKEN", True, " --secret registrationToken), and replace it where it was issued"),
        (
            "HOOK_TOKEN",
            True,
            "refer to that with valueFrom.secretKeyRef in values.extraEnv, and replace",
        ),
        ("REG_TOKEN", False, "refer to that with valueFrom.secretKeyRef, and replace it"),
    ],
)
def test_the_message_says_where_the_secret_belongs(
    name: str,
    in_workspace: bool,  # noqa: FBT001 - a parameter of the test
    words: str,
) -> None:
    (message,) = rules.plain_secrets(with_variable(name, CANARY), in_workspace=in_workspace)
    assert words in message


def test_the_environment_of_init_containers_is_checked() -> None:
    obj = deployment(container())
    env = [{"name": "HOOK_TOKEN", "value": CANARY}]
    obj["spec"]["template"]["spec"]["initContainers"] = [container("wait", env=env)]
    (message,) = rules.plain_secrets(obj, in_workspace=True)
    assert "container wait: HOOK_TOKEN" in message


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Pod", lambda pod: pod),
        ("Job", lambda pod: {"template": {"spec": pod}}),
        ("CronJob", lambda pod: {"jobTemplate": {"spec": {"template": {"spec": pod}}}}),
    ],
)
def test_every_kind_with_pods_is_checked(kind: str, spec: Any) -> None:  # noqa: ANN401
    worker = container("work", env=[{"name": "HOOK_TOKEN", "value": CANARY}], image="busybox")
    obj = {"kind": kind, "metadata": {"name": "work"}, "spec": spec({"containers": [worker]})}
    assert len(list(rules.plain_secrets(obj, in_workspace=False))) == 1
    assert len(list(rules.floating_images(obj, in_workspace=False))) == 1
    assert len(list(rules.missing_requests(obj, in_workspace=False))) == 1


def test_config_maps_are_checked() -> None:
    data = {"HOOK_TOKEN": CANARY, "ROOT_URL": "https://chat.example.com", "token.md": "About"}
    obj = {"kind": "ConfigMap", "metadata": {"namespace": "chat", "name": "more"}, "data": data}
    (message,) = rules.plain_secrets(obj, in_workspace=False)
    assert message.startswith("ConfigMap chat/more: HOOK_TOKEN contains a secret in plain text.")
    assert CANARY not in message


@pytest.mark.parametrize("case", ["per-service", "ingress-tls", "monolith-nats", "external-nats"])
def test_the_chart_passes_with_secrets_in_secrets(case: str) -> None:
    for obj in kept_objects(case):
        assert list(rules.plain_secrets(obj, in_workspace=True)) == []


def test_a_licence_in_the_charts_values_is_a_violation() -> None:
    objects = workloads(kept_objects("every-value"))
    found = [message for obj in objects for message in rules.plain_secrets(obj, in_workspace=True)]
    assert any(
        "LICENSE contains a secret in plain text. Set the secret license" in s for s in found
    )


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
def test_an_image_with_a_full_version_or_a_digest_passes(image: str) -> None:
    assert rules.is_pinned(image)
    assert list(rules.floating_images(deployment(container(image=image)), in_workspace=True)) == []


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
def test_any_other_image_is_a_violation(image: str) -> None:
    assert not rules.is_pinned(image)
    (message,) = rules.floating_images(deployment(container(image=image)), in_workspace=True)
    assert message == (
        f"Deployment chat/chat-presence, container presence-service: image {image} isn't pinned,"
        " so what runs depends on when a node pulls it. Set image.tag to a full version such as"
        " 8.6.1."
    )


@pytest.mark.parametrize(
    ("name", "in_workspace", "words"),
    [
        ("nats", True, "Set values.nats.nats.image to an image with a full version"),
        ("reloader", True, "Set values.nats.reloader.image to"),
        ("metrics", True, "Set values.nats.exporter.image to"),
        ("nats-box", True, "Set values.nats.natsbox.image to"),
        ("wait", True, "Set the image of wait to"),
        ("nats", False, "Set the image of nats to"),
    ],
)
def test_the_message_names_the_key_of_the_image(
    name: str,
    in_workspace: bool,  # noqa: FBT001 - a parameter of the test
    words: str,
) -> None:
    (message,) = rules.floating_images(
        deployment(container(name, image="x:1")), in_workspace=in_workspace
    )
    assert words in message


def test_an_unknown_image_passes() -> None:
    assert list(rules.floating_images(deployment(container(image=...)), in_workspace=True)) == []


# Requests.


def test_the_message_names_the_keys_of_the_requests() -> None:
    (message,) = rules.missing_requests(deployment(container("ddp-streamer")), in_workspace=True)
    assert message == (
        "Deployment chat/chat-presence, container ddp-streamer: no request for cpu and memory. Set"
        " services.ddpStreamer.resources.requests.cpu and"
        " services.ddpStreamer.resources.requests.memory."
    )


def test_only_missing_requests_are_violations() -> None:
    metrics = container("metrics", resources={"requests": {"cpu": "100m"}})
    (message,) = rules.missing_requests(deployment(metrics), in_workspace=True)
    assert "no request for memory. Set values.nats.exporter.resources.requests.memory." in message


@pytest.mark.parametrize(
    "resources",
    [
        {"requests": REQUESTS},
        {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}},
        {"requests": {"cpu": ..., "memory": ...}},
    ],
)
def test_limits_and_unknown_requests_count_as_requests(resources: Object) -> None:
    obj = deployment(container(resources=resources))
    assert list(rules.missing_requests(obj, in_workspace=True)) == []


def test_of_init_containers_only_sidecars_need_requests() -> None:
    obj = deployment(container(resources={"requests": REQUESTS}))
    obj["spec"]["template"]["spec"]["initContainers"] = [
        container("wait"),
        container("proxy", restartPolicy="Always"),
    ]
    (message,) = rules.missing_requests(obj, in_workspace=False)
    assert "container proxy: no request" in message


# The chart.


def test_a_chart_with_a_digest_passes() -> None:
    outputs = {"chartVersion": "7.0.2", "chartDigest": "0" * 64}
    assert list(rules.unpinned_chart("chat", outputs)) == []
    assert list(rules.unpinned_chart("chat", {"chartVersion": "7.0.2", "chartDigest": ...})) == []


@pytest.mark.parametrize("outputs", [{}, {"chartDigest": ""}])
def test_a_chart_without_a_digest_is_a_violation(outputs: Object) -> None:
    (message,) = rules.unpinned_chart("chat", {"chartVersion": "7.0.2", **outputs})
    assert message == (
        "RocketChat chat: chart 7.0.2 isn't pinned, so another one can take its place. Remove"
        " chart.path, or set it to a package (.tgz) and chart.digest to the package's SHA-256."
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
def test_a_single_instance_is_a_violation(spec: Object) -> None:
    running = deployment(container("account-service"), replicas=2)
    (message,) = rules.single_instances([deployment(container(), **spec), running])
    assert message == (
        f"Deployment chat/chat-presence: runs {spec.get('replicas', 1):g}, but in production each"
        " service needs 2 or more. Set replicas.presence (or replicaCount) to 2 or more."
    )


@pytest.mark.parametrize("floor", [{}, {"minReplicas": 1}])
def test_an_autoscaler_counts_with_its_minimum(floor: Object) -> None:
    specs: list[Object] = [{}, {"replicas": 5}]
    for spec in specs:
        obj = deployment(container(), **spec)
        (message,) = rules.single_instances([obj, autoscaler(floor)])
        assert "chat-presence: may be scaled down to 1, but" in message
        assert "Set services.presence.autoscaling.minReplicas to 2 or more." in message


def test_two_instances_pass() -> None:
    by_autoscaler = [deployment(container()), autoscaler({"minReplicas": 2})]
    assert list(rules.single_instances(by_autoscaler)) == []
    assert list(rules.single_instances([deployment(container(), replicas=2)])) == []
    assert list(rules.single_instances([deployment(container(), replicas=...)])) == []


def test_a_paused_workspace_passes() -> None:
    paused = chart_with_single_instances()
    for obj in workloads(paused):
        obj["spec"]["replicas"] = 0
    assert list(rules.single_instances(paused)) == []


def test_the_autoscaler_of_another_workload_does_not_count() -> None:
    other = autoscaler({"minReplicas": 2}, "chat-account")
    assert len(list(rules.single_instances([deployment(container()), other]))) == 1


def test_nats_needs_two_instances_and_nats_box_does_not() -> None:
    names = [
        message.split(":")[0] for message in rules.single_instances(chart_with_single_instances())
    ]
    assert "StatefulSet chat/chat-nats" in names
    assert "Deployment chat/chat-nats-box" not in names


def test_a_service_missing_from_the_table_is_checked() -> None:
    (message,) = rules.single_instances([deployment(container("search-service"))])
    assert "Set replicas.search-service (or replicaCount)" in message


def chart_with_single_instances() -> list[Object]:
    objects = kept_objects("ingress-tls")
    for obj in workloads(objects):
        obj["metadata"].setdefault("namespace", "chat")
        obj["spec"]["replicas"] = 1
    assert len({kind_and_name(obj) for obj in workloads(objects)}) > len(
        [service for service in SERVICES if service.in_chart]
    )
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
    assert list(rules.hosts_without_tls("chat", [ingress({"rules": RULES, "tls": tls})])) == []


@pytest.mark.parametrize(
    "tls",
    [
        [],
        [{"hosts": ["other.example.com"], "secretName": "other-tls"}],
        [{"hosts": ["*.chat.example.com"], "secretName": "other-tls"}],
    ],
)
def test_a_host_without_tls_is_one_violation(tls: list[Object]) -> None:
    spec = {"rules": RULES + RULES, "tls": tls}
    (message,) = rules.hosts_without_tls("chat", [ingress(spec)])
    assert message.startswith(
        "Ingress chat/chat-rocketchat: host chat.example.com has no TLS. Set ingress.tlsSecret to",
    )
    assert message.endswith("set tls to false in the config of this policy.")


def test_an_ingress_without_host_needs_tls_for_every_host() -> None:
    (message,) = rules.hosts_without_tls("chat", [ingress({"rules": [{"http": {}}]})])
    assert "host * has no TLS" in message


def test_the_certificate_of_a_gateway_is_its_own() -> None:
    assert list(rules.hosts_without_tls("chat", [{"kind": "HTTPRoute"}])) == []


def test_a_workspace_without_an_ingress_is_a_violation() -> None:
    (message,) = rules.hosts_without_tls("chat", [deployment(container())])
    assert message.startswith(
        "RocketChat chat: no Ingress serves it with TLS. Set ingress.enabled to true, and"
        " ingress.tlsSecret.",
    )
