"""The simulation chart against what the official one renders from the same values."""

import os
import subprocess
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.support.objects import Value, differences, objects, parse_nats_conf
from tests.support.paths import CHART_FACTS, OTHER_CHART_FACTS, SIMULATION_CHART

pytestmark = pytest.mark.chart

SHARED = OTHER_CHART_FACTS / "7.0.2"
FACTS = [folder for folder in (CHART_FACTS, SHARED) if folder.is_dir()]
CASES = [case for folder in FACTS for case in sorted(folder.glob("*.values.yaml"))]

TOLERATED = {
    "- Pod/*-test-request-reply": "a hook of `helm test`, which nothing here runs",
    "~ *.annotations.checksum/config": "a hash of nats.conf as text, whose layout differs",
    "~ *.annotations.checksum/secret": "a hash of the Secret as text, likewise",
}
"""Why a difference doesn't matter, by a pattern of its path."""

VALUES = {"existingMongodbSecret": "chat-mongodb", "mongodb": {"enabled": False}}


def template(helm: str, values: str, *options: str) -> subprocess.CompletedProcess[str]:
    target = ["--namespace", "chat", "--kube-version", "1.36"]
    command = [helm, "template", "chat", str(SIMULATION_CHART), *target, "--values", "-", *options]
    return subprocess.run(command, input=values, capture_output=True, text=True, check=False)


@cache
def differences_of(helm: str, case: Path) -> dict[str, tuple[Value, Value]]:
    rendered = template(helm, case.read_text())
    assert rendered.returncode == 0, rendered.stderr
    official = case.with_name(case.name.replace(".values.", ".manifests.")).read_text()
    return differences(objects(official), objects(rendered.stdout))


def tolerating_pattern(path: str) -> str | None:
    return next((pattern for pattern in TOLERATED if fnmatchcase(path, pattern)), None)


def case_name(case: Path) -> str:
    return f"{case.parent.name}/{case.name.removesuffix('.values.yaml')}"


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_renders_what_the_official_chart_renders(helm: str, case: Path) -> None:
    unexpected = {
        path: values
        for path, values in differences_of(helm, case).items()
        if not tolerating_pattern(path)
    }
    assert unexpected == {}


def test_every_tolerated_difference_still_exists(helm: str) -> None:
    shown = {tolerating_pattern(path) for case in CASES for path in differences_of(helm, case)}
    assert TOLERATED.keys() - shown == set()


@pytest.mark.parametrize("checksum", ["checksum/config", "checksum/secret"])
def test_pods_restart_when_those_of_the_official_chart_do(helm: str, checksum: str) -> None:
    pairs = {
        (str(theirs), str(ours))
        for case in CASES
        for path, (theirs, ours) in differences_of(helm, case).items()
        if path.startswith("~") and path.endswith(checksum)
    }
    theirs, ours = (set(column) for column in zip(*pairs, strict=True))
    assert len(pairs) == len(theirs) == len(ours) > 2


def test_a_registration_token_is_used_only_at_installation(helm: str) -> None:
    values = yaml.safe_dump(VALUES | {"registrationToken": "token"})
    assert "REG_TOKEN" in template(helm, values).stdout
    assert "REG_TOKEN" not in template(helm, values, "--is-upgrade").stdout


@pytest.mark.parametrize(
    ("values", "message"),
    [
        # The official chart refuses these, too.
        ({"existingMongodbSecret": ""}, "set existingMongodbSecret or externalMongodbUrl"),
        ({"image": {"tag": "latest"}}, 'a version in a string, not "latest"'),
        ({"image": {"tag": 8}}, "a version in a string, not 8"),
        ({"image": {"tag": "7.7.0"}}, "needs the stream-hub service"),
        ({"podAntiAffinity": "soft", "affinity": {"podAffinity": {}}}, "exclude each other"),
        # These aren't simulated.
        ({"mongodb": {"enabled": True}}, "mongodb.enabled isn't simulated"),
        ({"microservices": {"streamHub": {"enabled": True}}}, "streamHub.enabled isn't simulated"),
        ({"nats": {"auth": {"enabled": True}}}, "nats.auth.enabled isn't simulated"),
    ],
)
def test_invalid_values_are_refused(helm: str, values: dict[str, Value], message: str) -> None:
    rendered = template(helm, yaml.safe_dump(VALUES | values))
    assert rendered.returncode != 0
    assert message in rendered.stderr


@pytest.mark.parametrize("facts", FACTS, ids=lambda folder: folder.name)
def test_the_default_values_are_those_of_the_official_chart(facts: Path) -> None:
    theirs = yaml.safe_load((facts / "default-values.yaml").read_text())
    ours = yaml.safe_load((SIMULATION_CHART / "values.yaml").read_text())
    # NATS is a subchart there, with defaults of its own.
    assert [path for path in differences(theirs, ours) if not path.startswith("+ nats.")] == []


def test_nats_conf_is_compared_by_its_settings() -> None:
    text = "port: 1 # client\nname:$POD\ncluster {\n  routes = [\n  a:1,b:2,\n  ]\n}\nhttp: 2\n"
    cluster: Value = {"routes": ["a:1", "b:2"]}
    assert parse_nats_conf(text) == {"port": "1", "name": "$POD", "cluster": cluster, "http": "2"}


def test_lint_finds_nothing(helm: str) -> None:
    subprocess.run([helm, "lint", "--strict", "--quiet", str(SIMULATION_CHART)], check=True)


def test_the_chart_facts_of_the_environment_exist() -> None:
    assert SHARED in FACTS or not os.environ.get("ROCKETCHAT_CHART_FACTS"), (
        f"{SHARED} doesn't exist"
    )
