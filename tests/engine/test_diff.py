"""The working tree against a base, on the real engine: `make diff`."""

import json
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.program import CHART, Program
from tests.support.record_previews import record
from tests.support.report import GOLDEN
from tools.diff.__main__ import main
from tools.report import document, read, understand
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT

pytestmark = pytest.mark.engine


class Repository:
    """A repository with the program and stacks of its own."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder = folder
        self.cluster = cluster
        self.capture: pytest.CaptureFixture[str] | None = None
        self._unique = uuid.uuid4().hex[:8]
        shutil.copytree(CHECKOUT / "components", folder / "components")
        for name in ("__main__.py", "Pulumi.yaml", ".gitignore"):
            shutil.copy(CHECKOUT / name, folder)
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def stack(self, name: str, **config: object) -> None:
        held = {
            "host": "chat.example.com",
            "namespace": f"{name}-{self._unique}",
            "mode": "monolith",
            "mongodbSecret": "chat-mongodb",
            **config,
        }
        text = yaml.safe_dump(
            {"config": {f"rocketchat:{key}": value for key, value in held.items() if value}},
        )
        (self.folder / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "base")

    def diff(self, *arguments: str) -> tuple[int, dict[str, dict[str, Any]], str]:
        """The exit code, the facts by stack, and what was said meanwhile."""
        assert self.capture is not None
        code = main(["--json", "--chart", CHART, *arguments], self.folder, self.cluster)
        said = self.capture.readouterr()
        stacks = json.loads(said.out)["stacks"] if said.out else []
        return code, {one["stack"]: one for one in stacks}, said.err


@pytest.fixture
def repository(
    tmp_path: Path,
    cluster: Cluster,
    capfd: pytest.CaptureFixture[str],
) -> Repository:
    made = Repository(tmp_path, cluster)
    made.capture = capfd
    return made


def test_each_stack_is_told_against_a_base_that_goes_up_once(repository: Repository) -> None:
    repository.stack("one")
    repository.stack("two", uploads={"size": "5Gi"})
    repository.commit()

    code, stacks, said = repository.diff()
    assert (code, {name: one["verdict"] for name, one in stacks.items()}) == (
        0,
        {"one": "No change.", "two": "No change."},
    )
    assert said.count("goes up on the simulated cluster") == 2

    repository.stack("one", replicas={"rocketchat": 3})
    code, stacks, said = repository.diff()
    assert "goes up" not in said
    assert (code, stacks["two"]["code"]) == (2, 0)
    (service,) = [one for one in stacks["one"]["services"] if one["service"] == "rocketchat"]
    assert [service["instances"][when]["least"] for when in ("before", "after")] == [1, 3]
    assert stacks["one"]["basis"] == {
        "kind": "simulated",
        "base": "main",
        "commit": repository.git("rev-parse", "--short=10", "main").strip(),
        "remarks": [],
    }

    repository.stack("two")
    code, stacks, _ = repository.diff("--stack", "two")
    assert (code, list(stacks)) == (3, ["two"])
    assert [stop["kind"] for stop in stacks["two"]["stops"]] == ["deletion"]

    # Another base is brought up in the place of the first, and nothing is left to change.
    repository.commit()
    code, _, said = repository.diff("--base", "HEAD")
    assert (code, said.count("goes up on the simulated cluster")) == (0, 2)
    code, stacks, _ = repository.diff("--base", "HEAD^")
    assert (code, stacks["one"]["code"], stacks["two"]["code"]) == (3, 2, 3)

    assert repository.git("status", "--porcelain") == ""


def test_a_preview_that_fails_is_told_beside_the_others(repository: Repository) -> None:
    repository.stack("one")
    repository.stack("two")
    repository.commit()
    repository.stack("one", host="not a host")
    repository.stack("two", replicas={"rocketchat": 2})
    code, stacks, _ = repository.diff()
    assert stacks["two"]["errors"] == []
    assert (code, stacks["one"]["code"], stacks["two"]["code"]) == (1, 1, 2)
    assert 'host: got "not a host"' in stacks["one"]["errors"][0]


def test_a_base_that_does_not_come_up_is_told(repository: Repository) -> None:
    repository.stack("one", host="not a host")
    repository.commit()
    repository.stack("one")
    code, stacks, _ = repository.diff()
    assert code == 1
    (error,) = stacks["one"]["errors"]
    assert error.startswith("The base, main (")
    assert 'host: got "not a host"' in error


def test_a_stack_that_the_base_does_not_have_is_all_new(repository: Repository) -> None:
    repository.stack("one")
    repository.commit()
    repository.stack("two")
    code, stacks, _ = repository.diff("--stack", "two")
    assert code == 2
    assert (stacks["two"]["changed"], stacks["two"]["removed"]) == (0, 0)
    assert stacks["two"]["added"] > 3
    assert stacks["two"]["instances"] == {"before": 0, "after": 1}


def test_a_secret_that_was_encrypted_anew_counts_as_rotated(repository: Repository) -> None:
    def config(word: str) -> dict[str, Any]:
        return {"mongodbSecret": None, "mongodbUrl": {"secure": f"v1:{word}"}}

    repository.stack("one", **config("before"))
    repository.commit()
    assert repository.diff()[0] == 0
    repository.stack("one", **config("after"))
    code, stacks, _ = repository.diff()
    assert code in (2, 3)
    (service,) = stacks["one"]["services"]
    assert service["restarts"] == ["secret rotated"]
    assert "encrypted anew counts as rotated" in stacks["one"]["basis"]["remarks"][0]
    assert "simulated.example.com" not in json.dumps(stacks)


def test_what_cannot_be_compared_is_told(repository: Repository) -> None:
    (repository.folder / "Pulumi.yaml").rename(repository.folder / "elsewhere")
    repository.commit()
    (repository.folder / "elsewhere").rename(repository.folder / "Pulumi.yaml")
    repository.stack("one")
    for arguments, words in (
        (("--base", "nothing"), "BASE=nothing: there is no such revision here"),
        ((), "BASE=main: it has no Pulumi.yaml"),
        (("--stack", "two"), "There is no stack two. There are: one."),
        (("--chart", "nowhere"), "CHART=nowhere: there is nothing."),
    ):
        code, _, said = repository.diff(*arguments)
        assert code == 1
        assert words in said


def test_a_recorded_preview_is_what_the_engine_says(program: Program) -> None:
    report = understand(read(record(program, "scale-one"), "scale-one"))
    assert document([report]) == (GOLDEN / "scale-one.md").read_text(encoding="utf-8")
