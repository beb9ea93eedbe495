"""The simulation chart against what the official one renders from the same values."""

import os
import subprocess
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.support.objects import Value, differences, nats_conf, objects
from tests.support.paths import CHART_FACTS, OTHER_CHART_FACTS, SIMULATION_CHART

pytestmark = pytest.mark.chart

SHARED = OTHER_CHART_FACTS / "7.0.2"
FACTS = [folder for folder in (CHART_FACTS, SHARED) if folder.is_dir()]
CASES = [case for folder in FACTS for case in sorted(folder.glob("*.values.yaml"))]

# Path, as `differences` writes it -> why it doesn't matter.
TOLERATED = {
    "- Pod/*-test-request-reply": "a hook of `helm test`, which nothing here runs",
    "~ *.annotations.checksum/config": "a hash of nats.conf as text, whose layout differs",
    "~ *.annotations.checksum/secret": "a hash of the Secret as text, likewise",
}

VALUES = {"existingMongodbSecret": "chat-mongodb", "mongodb": {"enabled": False}}


def template(helm: str, values: str, *options: str) -> subprocess.CompletedProcess[str]:
    place = ["--namespace", "chat", "--kube-version", "1.36"]
    command = [helm, "template", "chat", str(SIMULATION_CHART), *place, "--values", "-", *options]
    return subprocess.run(command, input=values, capture_output=True, text=True, check=False)


@cache
def found(helm: str, case: Path) -> dict[str, tuple[Value, Value]]:
    rendered = template(helm, case.read_text())
    assert rendered.returncode == 0, rendered.stderr
    official = case.with_name(case.name.replace(".values.", ".manifests.")).read_text()
    return differences(objects(official), objects(rendered.stdout))


def tolerance(path: str) -> str | None:
    return next((pattern for pattern in TOLERATED if fnmatchcase(path, pattern)), None)


def name_of(case: Path) -> str:
    return f"{case.parent.name}/{case.name.removesuffix('.values.yaml')}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_renders_what_the_official_chart_renders(helm: str, case: Path) -> None:
    assert {path: both for path, both in found(helm, case).items() if not tolerance(path)} == {}


def test_every_tolerated_difference_still_shows(helm: str) -> None:
    shown = {tolerance(path) for case in CASES for path in found(helm, case)}
    assert TOLERATED.keys() - shown == set()


@pytest.mark.parametrize("checksum", ["checksum/config", "checksum/secret"])
def test_pods_roll_when_those_of_the_official_chart_do(helm: str, checksum: str) -> None:
    pairs = {
        (str(theirs), str(ours))
        for case in CASES
        for path, (theirs, ours) in found(helm, case).items()
        if path.startswith("~") and path.endswith(checksum)
    }
    theirs, ours = (set(column) for column in zip(*pairs, strict=True))
    assert len(pairs) == len(theirs) == len(ours) > 2


def test_a_registration_token_is_used_at_installation_only(helm: str) -> None:
    values = yaml.safe_dump(VALUES | {"registrationToken": "token"})
    assert "REG_TOKEN" in template(helm, values).stdout
    assert "REG_TOKEN" not in template(helm, values, "--is-upgrade").stdout


@pytest.mark.parametrize(
    ("values", "words"),
    [
        # What the official chart refuses too.
        ({"existingMongodbSecret": ""}, "set existingMongodbSecret or externalMongodbUrl"),
        ({"image": {"tag": "latest"}}, 'a version in a string, not "latest"'),
        ({"image": {"tag": 8}}, "a version in a string, not 8"),
        ({"image": {"tag": "7.7.0"}}, "needs the stream-hub service"),
        ({"podAntiAffinity": "soft", "affinity": {"podAffinity": {}}}, "exclude each other"),
        # What isn't simulated.
        ({"mongodb": {"enabled": True}}, "mongodb.enabled isn't simulated"),
        ({"microservices": {"streamHub": {"enabled": True}}}, "streamHub.enabled isn't simulated"),
        ({"nats": {"auth": {"enabled": True}}}, "nats.auth.enabled isn't simulated"),
    ],
)
def test_refuses(helm: str, values: dict[str, Value], words: str) -> None:
    rendered = template(helm, yaml.safe_dump(VALUES | values))
    assert rendered.returncode != 0
    assert words in rendered.stderr


@pytest.mark.parametrize("facts", FACTS, ids=lambda folder: folder.name)
def test_the_values_are_those_of_the_official_chart(facts: Path) -> None:
    theirs = yaml.safe_load((facts / "default-values.yaml").read_text())
    ours = yaml.safe_load((SIMULATION_CHART / "values.yaml").read_text())
    # NATS is a subchart there: its own defaults come on top.
    assert [path for path in differences(theirs, ours) if not path.startswith("+ nats.")] == []


def test_nats_conf_is_compared_by_its_meaning() -> None:
    text = "port: 1 # client\nname:$POD\ncluster {\n  routes = [\n  a:1,b:2,\n  ]\n}\nhttp: 2\n"
    cluster: Value = {"routes": ["a:1", "b:2"]}
    assert nats_conf(text) == {"port": "1", "name": "$POD", "cluster": cluster, "http": "2"}


def test_lint_finds_nothing(helm: str) -> None:
    subprocess.run([helm, "lint", "--strict", "--quiet", str(SIMULATION_CHART)], check=True)


def test_the_facts_asked_for_are_there() -> None:
    assert SHARED in FACTS or not os.environ.get("ROCKETCHAT_CHART_FACTS"), f"{SHARED} isn't there"
