"""The commands on a person's own cluster, project and Pulumi backend."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.helm import HelmWorkspace
from tests.support.helm_values import FACTS
from tests.support.program import CHART, Program
from tools.checkout import CHECKOUT

pytestmark = pytest.mark.engine

CONTEXT = "live"


class Person:
    """A person in the program's folder, whose current context is another cluster."""

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
            **program.simulation.environment(),
            "KUBECONFIG": str(self.kubeconfig),
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PYTHONPATH": str(CHECKOUT),
        }

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input="",
            capture_output=True,
            text=True,
            check=False,
        )

    def run_tool(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", f"tools.{name}", *arguments)

    def _contexts(self, simulated: Path) -> Mapping[str, Any]:
        kubeconfig: dict[str, Any] = yaml.safe_load(simulated.read_text())
        kubeconfig["contexts"][0]["name"] = CONTEXT
        (user,) = kubeconfig["users"]
        other = {"name": "other", "cluster": {"server": "https://127.0.0.1:1"}}
        kubeconfig["clusters"].append(other)
        context = {"cluster": "other", "user": user["name"]}
        kubeconfig["contexts"].append({"name": "other", "context": context})
        kubeconfig["current-context"] = "other"
        return kubeconfig


@pytest.fixture
def person(program: Program, tmp_path: Path) -> Person:
    return Person(program, tmp_path)


def test_every_command_uses_the_same_context(
    program: Program,
    person: Person,
) -> None:
    workspace = HelmWorkspace(program)
    workspace.install(FACTS["per-service"])
    before = workspace.pods()
    target = ("--release", "chat", "--namespace", program.namespace, "--chart", CHART)

    done = person.run_tool("adopt", *target, "--as-is", "--yes")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
    done = person.run_tool("adopt", *target, "--as-is", "--context", CONTEXT)
    assert done.returncode == 1
    assert "give --yes" in done.stderr
    assert workspace.managers() == {"helm"}

    done = person.run_tool("adopt", *target, "--as-is", "--context", CONTEXT, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    config = yaml.safe_load((person.folder / "Pulumi.chat.yaml").read_text())["config"]
    assert config["kubernetes:context"] == CONTEXT
    assert workspace.pods() == before
    assert workspace.managers() == {"pulumi"}

    done = person.run_tool("status", "--stack", "chat")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ddp-streamer" in done.stdout
    assert person.run_tool("status", "--stack", "chat", "--context", "other").returncode == 2

    done = person.run_tool("adopt", *target, "--return-to-helm", "--yes")
    assert done.returncode == 1
    assert "Pulumi.chat.yaml is about context live" in done.stderr
    done = person.run_tool("adopt", *target, "--return-to-helm", "--context", CONTEXT, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert workspace.helm("list", "--short").split() == ["chat"]
    assert workspace.pods() == before


GUIDE = {
    "microservices": {"enabled": True, "replicaCount": 2},
    "host": "chat.example.com",
    "existingMongodbSecret": "chat-mongodb",
}
"""Values from Rocket.Chat's guide, with one number for all services, which the chart ignores."""


def test_a_file_of_helm_values_becomes_a_config_that_deploys(
    program: Program,
    person: Person,
) -> None:
    (person.folder / "values.yaml").write_text(yaml.safe_dump(GUIDE))
    target = ("--namespace", program.namespace, "--chart", CHART, "--context", CONTEXT)
    done = person.run_tool("adopt", "--values", "values.yaml", *target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "microservices.replicaCount: 2 was meant as" in done.stdout
    config = yaml.safe_load((person.folder / "Pulumi.chat.yaml").read_text())["config"]
    assert config["rocketchat:replicas"]["ddpStreamer"] == 2
    pulumi = program.simulation.tools()["pulumi"]
    done = person.run(pulumi, "up", "--yes", "--stack", "chat", "--skip-preview")
    assert done.returncode == 0, done.stdout
    assert program.pods()["ddp-streamer"] == 2
    done = person.run_tool("adopt", "--values", "values.yaml", *target)
    assert done.returncode == 1
    assert "Pulumi.chat.yaml already exists" in done.stderr


def test_a_config_that_cannot_be_written_is_an_error(person: Person) -> None:
    (person.folder / "values.yaml").write_text(yaml.safe_dump(GUIDE))
    (person.folder / "Pulumi.chat.yaml").mkdir()
    done = person.run_tool(
        "adopt", "--values", "values.yaml", "--chart", CHART, "--context", CONTEXT
    )
    assert done.returncode == 1
    assert "Pulumi.chat.yaml: Is a directory" in done.stderr
    assert "Traceback" not in done.stderr
