"""Whether Rocket.Chat's images read the rendered variables as they were meant."""

from pathlib import Path
from typing import Any

import pytest

from components.chart.render import installed_objects
from components.inputs.resolve import resolve
from components.kube.objects import KubernetesObject, find_container, set_env
from components.manifests.image_variables import VARIABLES, misread_variables
from components.manifests.mismatch import Mismatch
from components.manifests.patches import apply_patches
from components.manifests.verify import mismatches
from components.manifests.workloads import find_workload
from components.services import NATS, PRESENCE, SERVICES
from tests.support.components import inputs, kept_objects
from tests.support.rendering import chart_of

ABOUT_VARIABLES = "env "


def rendered() -> list[KubernetesObject]:
    """What the official chart renders."""
    return installed_objects(kept_objects("ingress-tls"), "chat")


def found(
    folder: Path,
    given: dict[str, Any],
    objects: list[KubernetesObject] | None = None,
) -> list[Mismatch]:
    """The mismatches about variables of a workspace with these inputs."""
    spec = resolve(inputs(namespace="chat", **given))
    patched = apply_patches(objects or rendered(), spec, "8.6.1")
    all_of_them = mismatches(patched, spec, chart_of(folder))
    return [each for each in all_of_them if ABOUT_VARIABLES in each.location]


def presence_with(**variables: str) -> dict[str, Any]:
    """Inputs that give presence these variables."""
    return {"services": {"presence": {"variables": variables}}}


def test_what_is_rendered_by_default_is_read_as_it_was_meant(tmp_path: Path) -> None:
    ours = [each for each in found(tmp_path, {}) if "HEARTBEAT" in each.location]
    assert ours == []
    assert not [each for each in found(tmp_path, {}) if "RETRY" in each.location]


@pytest.mark.parametrize(
    ("name", "value", "expected", "actual"),
    [
        ("RETRY_ENABLED", "yes", "true or false", "yes, which it reads as false"),
        ("MS_METRICS", "1", "true or false", "1, which it reads as false"),
        ("BALANCE_PREFER_LOCAL", "no", "true or false", "no, which it reads as true"),
        ("RETRY_DELAY", "1s", "an integer", "1s"),
        ("HEARTBEAT_INTERVAL", "0", "an integer above 0", "0"),
        (
            "MOLECULER_LOG_LEVEL",
            "verbose",
            "fatal, error, warn, info, debug or trace",
            "verbose",
        ),
        ("HEARTBEAT_TIMEOUT", "10", "more than HEARTBEAT_INTERVAL, which is 10", "10"),
    ],
)
def test_a_value_that_the_image_misreads_is_a_mismatch(
    tmp_path: Path, name: str, value: str, expected: str, actual: str
) -> None:
    location = f"Deployment/chat-presence env {name}"
    own = found(tmp_path, presence_with(**{name: value}))
    assert Mismatch("services.presence.variables", location, expected, actual) in own
    common = found(tmp_path, {"variables": {name: value}})
    assert Mismatch("variables", location, expected, actual) in common
    services = {each.location.split()[0] for each in common if name in each.location}
    assert len(services) == len(SERVICES) - 1, "all but NATS"


def test_a_value_of_the_charts_own_is_a_mismatch_of_its_version(tmp_path: Path) -> None:
    objects = rendered()
    workload = find_workload(objects, PRESENCE, "chat")
    container = find_container(workload, PRESENCE.container) if workload else None
    assert container is not None
    set_env(container, "MS_METRICS", "yes")
    location = "Deployment/chat-presence env MS_METRICS"
    expected = Mismatch("chart.version", location, "true or false", "yes, which it reads as false")
    assert expected in found(tmp_path, {}, objects)
    own = installed_objects(kept_objects("ingress-tls"), "chat")
    retries = found(tmp_path, {"resilience": {"retries": False}}, own)
    assert not [each for each in retries if "RETRY" in each.location]


def test_only_the_monolith_reads_settings(tmp_path: Path) -> None:
    name = "OVERWRITE_SETTING_Site_Name"
    (mismatch,) = (
        each for each in found(tmp_path, presence_with(**{name: "x"})) if name in each.location
    )
    assert mismatch.input == "services.presence.variables"
    assert mismatch.actual == "a variable that its image doesn't read"
    monolith = {"services": {"rocketchat": {"variables": {name: "x"}}}}
    assert not [each for each in found(tmp_path, monolith) if name in each.location]
    assert not [
        each for each in found(tmp_path, {"variables": {name: "x"}}) if name in each.location
    ]


def test_values_from_secrets_and_those_of_nats_are_passed_over() -> None:
    reference = {"secretKeyRef": {"name": "secret", "key": "key"}}
    container = {"env": [{"name": "RETRY_ENABLED", "valueFrom": reference}]}
    assert list(misread_variables(PRESENCE, container)) == []
    yes = {"env": [{"name": "RETRY_ENABLED", "value": "yes"}]}
    assert list(misread_variables(PRESENCE, yes)) != []
    assert list(misread_variables(NATS, yes)) == []


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_the_images_own_default_has_its_form(variable: Any) -> None:  # noqa: ANN401 - a row
    assert variable.form.accepts(variable.default)
    assert not variable.form.accepts(f"{variable.default} ")


def test_a_delay_that_means_two_things_to_queue_worker_has_to_be_its_own(tmp_path: Path) -> None:
    def about_delays(given: dict[str, Any]) -> list[str]:
        return [each.location for each in found(tmp_path, given) if "RETRY_DELAY" in each.location]

    common = {"variables": {"RETRY_DELAY": "200"}}
    assert about_delays(common) == ["Deployment/chat-queue-worker env RETRY_DELAY"]
    own = {"services": {"queue_worker": {"variables": {"RETRY_DELAY": "5000"}}}}
    assert about_delays({**common, **own}) == []
    assert about_delays(own) == []
    assert about_delays({**common, "omnichannel_services": False}) == []


@pytest.mark.parametrize(
    ("service", "name", "value", "is_accepted"),
    [
        ("presence", "BALANCE_STRATEGY", "roundrobin", True),
        ("presence", "BALANCE_STRATEGY", "Sticky", False),
        ("presence", "MS_METRICS_PORT", "65535", True),
        ("presence", "MS_METRICS_PORT", "65536", False),
        ("presence", "TRACING_ENABLED", "YES", True),
        ("presence", "TRACING_ENABLED", "on", False),
        ("presence", "CACHE", "redis://cache", True),
        ("presence", "CACHE", "memcached", False),
        ("presence", "MAX_FAILS", "0", False),
        ("queue_worker", "POLLING_INTERVAL", "1000", True),
        ("queue_worker", "POLLING_INTERVAL", "1s", False),
    ],
)
def test_forms_are_those_of_the_images(
    tmp_path: Path, service: str, name: str, value: str, *, is_accepted: bool
) -> None:
    given = {"services": {service: {"variables": {name: value}}}}
    about = [each for each in found(tmp_path, given) if name in each.location]
    assert (about == []) is is_accepted


def test_what_another_service_reads_is_ignored(tmp_path: Path) -> None:
    (mismatch,) = (
        each
        for each in found(tmp_path, presence_with(POLLING_INTERVAL="1s"))
        if "POLLING" in each.location
    )
    assert mismatch.actual == "a variable that its image doesn't read"
    common = {"variables": {"POLLING_INTERVAL": "1000"}}
    assert not [each for each in found(tmp_path, common) if "POLLING" in each.location]


@pytest.mark.parametrize(("name", "value"), [("MS_NAMESPACE", "chat"), ("SERIALIZER", "JSON")])
def test_what_all_services_have_to_agree_on_is_a_mismatch_where_they_do_not(
    tmp_path: Path, name: str, value: str
) -> None:
    one = found(tmp_path, presence_with(**{name: value}))
    locations = [each.location for each in one if name in each.location]
    assert locations == [f"Deployment/chat-presence env {name}"]
    everywhere = found(tmp_path, {"variables": {name: value}})
    assert not [each for each in everywhere if name in each.location]


def test_a_password_in_a_value_is_not_shown(tmp_path: Path) -> None:
    wrong = found(tmp_path, presence_with(CACHE="valkey://user:CANARY@cache"))
    assert "CACHE" in str(wrong)
    assert "CANARY" not in str(wrong)
