"""The component from a program in YAML, by the package."""

import os
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.go_build import GO_BUILD_SECONDS, YAML_HOST, build_go_program
from tests.support.program import Program
from tools.checkout import CHECKOUT

pytestmark = [pytest.mark.engine, pytest.mark.timeout(GO_BUILD_SECONDS)]

CANARY = "canary-7d21"
MONGODB_URL = f"mongodb://user:{CANARY}@db.example.com/rocketchat?replicaSet=rs0"


class Consumer:
    """A copy of the example's program beside a copy of the package."""

    def __init__(self, folder: Path, program: Program) -> None:
        shutil.copytree(CHECKOUT / "components", folder / "components")
        virtualenv = shutil.ignore_patterns("venv")
        shutil.copytree(CHECKOUT / "package", folder / "package", ignore=virtualenv)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "package" / "PulumiPlugin.yaml").write_text(yaml.safe_dump({"runtime": runtime}))
        self.folder = folder / "examples" / "yaml"
        self.folder.mkdir(parents=True)
        self.definition = yaml.safe_load(
            (CHECKOUT / "examples" / "yaml" / "Pulumi.yaml").read_text(encoding="utf-8")
        )
        self.inputs: dict[str, Any] = self.definition["resources"]["chat"]["properties"]
        # Relative to the consumer's own folder.
        (self.folder / "chart").symlink_to(CHECKOUT / "tools" / "simulation" / "chart")
        self.inputs |= {"chart": {"path": "chart"}, "namespace": program.namespace}
        environment = program.simulation.environment()
        host = str(build_go_program(YAML_HOST).parent)
        path = f"{host}{os.pathsep}{environment.get('PATH', os.environ['PATH'])}"
        self._environment = {**os.environ, **environment, "PATH": path}
        self._pulumi = program.simulation.tools()["pulumi"]
        self.run("stack", "select", "--create", "consumer")
        self.run("config", "set", "--secret", "mongodbUrl", MONGODB_URL)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        text = yaml.safe_dump(self.definition)
        (self.folder / "Pulumi.yaml").write_text(text, encoding="utf-8")
        return subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def up(self) -> str:
        done = self.run("up", "--yes", "--skip-preview")
        assert done.returncode == 0, done.stdout
        return done.stdout

    def refusal(self) -> str:
        """Returns what a preview says that has to fail."""
        done = self.run("preview")
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout


@pytest.fixture
def consumer(tmp_path: Path, program: Program) -> Consumer:
    return Consumer(tmp_path / "consumer", program)


def test_a_program_in_yaml_deploys_scales_and_removes_a_workspace(
    consumer: Consumer, program: Program
) -> None:
    assert "warning: license: none given." in consumer.up()
    assert program.deployment("chat-ddp-streamer").spec.replicas == 2
    state = consumer.run("stack", "export").stdout
    assert CANARY not in state
    consumer.inputs["replicas"]["ddpStreamer"] = 3
    preview = consumer.run("preview", "--diff").stdout
    assert "replicas: 2 => 3" in preview
    assert "~ 1 to update" in preview
    consumer.inputs["image"] = {"tag": "7.0.0"}
    refusal = consumer.refusal()
    assert "downgrade-8.6.1-to-7.0.0: Rocket.Chat goes back from 8.6.1 to 7.0.0." in refusal
    assert consumer.run("destroy", "--yes", "--skip-preview").returncode == 0
    assert not program.pods()


def test_every_mistake_is_told_at_once_with_the_names_of_the_program(consumer: Consumer) -> None:
    consumer.inputs |= {"host": "https://chat", "replicas": {"ddpStreamer": 0}}
    refusal = consumer.refusal()
    assert "2 problems in the inputs; nothing was changed:" in refusal
    assert "- host: got" in refusal
    assert "- replicas.ddpStreamer: got 0; allowed is an integer from 1 to 1000." in refusal


def test_an_output_where_a_plain_value_is_needed_is_told(consumer: Consumer) -> None:
    other = {"host": "other.example.com", "namespace": "${chat.namespace}", "releaseName": "other"}
    # A copy, as YAML would have an alias otherwise.
    properties = {**deepcopy(consumer.inputs), **other}
    consumer.definition["resources"]["other"] = {
        "type": "rocketchat:RocketChat",
        "properties": properties,
    }
    assert (
        '- namespace: got "<Output>"; allowed is a string (in quotes, if need be). What another'
        " resource puts out may not be known yet: give the value itself, for instance from the"
        " config."
    ) in consumer.refusal()
