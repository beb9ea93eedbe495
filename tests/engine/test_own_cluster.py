"""The tools on a cluster, a project and a Pulumi backend of a person's own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.helm import Workspace
from tests.support.helm_values import FACTS
from tests.support.program import CHART, Program
from tools.simulation.workspace import CHECKOUT

pytestmark = pytest.mark.engine

CONTEXT = "live"


class Person:
    """Somebody in the program's folder, whose kubeconfig's current context is another cluster's."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (self.folder / "__main__.py").symlink_to(CHECKOUT / "__main__.py")
        (self.folder / "components").symlink_to(CHECKOUT / "components")
        project = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
        project["runtime"]["options"] = {"virtualenv": sys.prefix}
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(self._contexts(program.cluster.kubeconfig)))
        backend = folder / "backend"
        backend.mkdir()
        self.environment = {
            **os.environ,
            **program.workspace.environment(),
            "KUBECONFIG": str(self.kubeconfig),
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PYTHONPATH": str(CHECKOUT),
        }

    def runs(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", tool, *arguments],
            cwd=self.folder,
            env=self.environment,
            input="",
            capture_output=True,
            text=True,
            check=False,
        )

    def _contexts(self, simulated: Path) -> Mapping[str, Any]:
        held: dict[str, Any] = yaml.safe_load(simulated.read_text())
        held["contexts"][0]["name"] = CONTEXT
        (user,) = held["users"]
        held["clusters"].append({"name": "other", "cluster": {"server": "https://127.0.0.1:1"}})
        place = {"cluster": "other", "user": user["name"]}
        held["contexts"].append({"name": "other", "context": place})
        held["current-context"] = "other"
        return held


@pytest.fixture
def person(program: Program, tmp_path: Path) -> Person:
    return Person(program, tmp_path)


def test_a_context_is_what_is_read_and_what_is_deployed_to(
    program: Program,
    person: Person,
) -> None:
    workspace = Workspace(program)
    workspace.install(FACTS["per-service"])
    before = workspace.pods()
    place = ("--release", "chat", "--namespace", program.namespace, "--chart", CHART)

    told = person.runs("tools.adopt", *place, "--as-is", "--yes")
    assert told.returncode == 1
    assert "127.0.0.1:1" in told.stderr
    assert "Traceback" not in told.stderr
    told = person.runs("tools.adopt", *place, "--as-is", "--context", CONTEXT)
    assert told.returncode == 1
    assert "give --yes" in told.stderr
    assert workspace.managers() == {"helm"}

    told = person.runs("tools.adopt", *place, "--as-is", "--context", CONTEXT, "--yes")
    assert told.returncode == 0, told.stdout + told.stderr
    held = yaml.safe_load((person.folder / "Pulumi.chat.yaml").read_text())["config"]
    assert held["kubernetes:context"] == CONTEXT
    assert workspace.pods() == before
    assert workspace.managers() == {"pulumi"}

    told = person.runs("tools.status", "--stack", "chat")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "ddp-streamer" in told.stdout
    assert person.runs("tools.status", "--stack", "chat", "--context", "other").returncode == 2

    told = person.runs("tools.adopt", *place, "--hand-back", "--yes")
    assert told.returncode == 1
    assert "Pulumi.chat.yaml is about context live" in told.stderr
    back = person.runs("tools.adopt", *place, "--hand-back", "--context", CONTEXT, "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert workspace.helm("list", "--short").split() == ["chat"]
    assert workspace.pods() == before


GUIDE = {
    "microservices": {"enabled": True, "replicaCount": 2},
    "host": "chat.example.com",
    "existingMongodbSecret": "chat-mongodb",
}
"""As Rocket.Chat's guide has it: one number for all services, which the chart ignores."""


def test_a_file_of_helms_values_becomes_a_config_that_deploys(
    program: Program,
    person: Person,
) -> None:
    (person.folder / "values.yaml").write_text(yaml.safe_dump(GUIDE))
    place = ("--namespace", program.namespace, "--chart", CHART, "--context", CONTEXT)
    told = person.runs("tools.adopt", "--values", "values.yaml", *place)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "microservices.replicaCount: 2 was meant as" in told.stdout
    held = yaml.safe_load((person.folder / "Pulumi.chat.yaml").read_text())["config"]
    assert held["rocketchat:replicas"]["ddpStreamer"] == 2
    up = subprocess.run(
        [program.workspace.tools()["pulumi"], "up", "--yes", "--stack", "chat", "--skip-preview"],
        cwd=person.folder,
        env=person.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert up.returncode == 0, up.stdout
    assert program.pods()["ddp-streamer"] == 2
    again = person.runs("tools.adopt", "--values", "values.yaml", *place)
    assert again.returncode == 1
    assert "Pulumi.chat.yaml is there already" in again.stderr


def test_a_config_that_cannot_be_written_is_told(person: Person) -> None:
    (person.folder / "values.yaml").write_text(yaml.safe_dump(GUIDE))
    (person.folder / "Pulumi.chat.yaml").mkdir()
    told = person.runs(
        "tools.adopt", "--values", "values.yaml", "--chart", CHART, "--context", CONTEXT
    )
    assert told.returncode == 1
    assert "Pulumi.chat.yaml: Is a directory" in told.stderr
    assert "Traceback" not in told.stderr
