"""`make diff` with the real engine: the working tree compared with a base revision."""

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
from tools.checkout import CHECKOUT
from tools.diff.__main__ import main
from tools.report import build_report, parse_preview, to_markdown
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine


class Repository:
    """A git repository with the program and some stacks."""

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
        keys = {
            "host": "chat.example.com",
            "namespace": f"{name}-{self._unique}",
            "mode": "monolith",
            "mongodbSecret": "chat-mongodb",
            **config,
        }
        text = yaml.safe_dump(
            {"config": {f"rocketchat:{key}": value for key, value in keys.items() if value}},
        )
        (self.folder / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "base")

    def diff(self, *arguments: str) -> tuple[int, dict[str, dict[str, Any]], str]:
        """Runs the command; returns its exit code, the report by stack, and stderr."""
        assert self.capture is not None
        code = main(["--json", "--chart", CHART, *arguments], self.folder, self.cluster)
        output = self.capture.readouterr()
        stacks = json.loads(output.out)["stacks"] if output.out else []
        return code, {stack["stack"]: stack for stack in stacks}, output.err


@pytest.fixture
def repository(
    tmp_path: Path,
    cluster: Cluster,
    capfd: pytest.CaptureFixture[str],
) -> Repository:
    repository = Repository(tmp_path, cluster)
    repository.capture = capfd
    return repository


DEPLOYING = "to the simulated cluster"
"""In the line that is printed before a base is deployed."""


def test_stacks_are_compared_with_a_base_that_is_deployed_once(repository: Repository) -> None:
    repository.stack("one")
    repository.stack("two", uploads={"size": "5Gi"})
    repository.commit()

    code, stacks, err = repository.diff()
    verdicts = {name: stack["verdict"] for name, stack in stacks.items()}
    assert (code, verdicts) == (0, {"one": "No changes.", "two": "No changes."})
    assert err.count(DEPLOYING) == 2

    repository.stack("one", replicas={"rocketchat": 3})
    code, stacks, err = repository.diff()
    assert DEPLOYING not in err
    assert (code, stacks["two"]["exitCode"]) == (2, 0)
    (service,) = [row for row in stacks["one"]["services"] if row["service"] == "rocketchat"]
    assert service["instances"] == {"before": {"min": 1, "max": 1}, "after": {"min": 3, "max": 3}}
    assert stacks["one"]["basis"] == {
        "kind": "simulated",
        "base": "main",
        "commit": repository.git("rev-parse", "--short=10", "main").strip(),
        "remarks": [],
    }

    repository.stack("two")
    code, stacks, _ = repository.diff("--stack", "two")
    assert (code, list(stacks)) == (3, ["two"])
    assert [risk["kind"] for risk in stacks["two"]["risks"]] == ["deletion"]

    # Another base replaces the first, and is the same as the working tree.
    repository.commit()
    code, _, err = repository.diff("--base", "HEAD")
    assert (code, err.count(DEPLOYING)) == (0, 2)
    code, stacks, _ = repository.diff("--base", "HEAD^")
    assert (code, stacks["one"]["exitCode"], stacks["two"]["exitCode"]) == (3, 2, 3)

    assert repository.git("status", "--porcelain") == ""


def test_a_failed_preview_is_reported_beside_the_others(repository: Repository) -> None:
    repository.stack("one")
    repository.stack("two")
    repository.commit()
    repository.stack("one", host="not a host")
    repository.stack("two", replicas={"rocketchat": 2})
    code, stacks, _ = repository.diff()
    assert stacks["two"]["errors"] == []
    assert (code, stacks["one"]["exitCode"], stacks["two"]["exitCode"]) == (1, 1, 2)
    assert 'host: got "not a host"' in stacks["one"]["errors"][0]


def test_a_base_that_cannot_be_deployed_is_reported(repository: Repository) -> None:
    repository.stack("one", host="not a host")
    repository.commit()
    repository.stack("one")
    code, stacks, _ = repository.diff()
    assert code == 1
    (error,) = stacks["one"]["errors"]
    assert error.startswith("The base, main (")
    assert 'host: got "not a host"' in error


def test_of_a_stack_without_base_everything_is_new(repository: Repository) -> None:
    repository.stack("one")
    repository.commit()
    repository.stack("two")
    code, stacks, _ = repository.diff("--stack", "two")
    assert code == 2
    assert (stacks["two"]["changed"], stacks["two"]["removed"]) == (0, 0)
    assert stacks["two"]["added"] > 3
    assert stacks["two"]["instances"] == {"before": 0, "after": 1}


def test_a_secret_that_was_encrypted_again_counts_as_rotated(repository: Repository) -> None:
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
    assert "encrypted again counts as rotated" in stacks["one"]["basis"]["remarks"][0]
    assert "simulated.example.com" not in json.dumps(stacks)


def test_arguments_that_cannot_be_compared_are_errors(repository: Repository) -> None:
    (repository.folder / "Pulumi.yaml").rename(repository.folder / "elsewhere")
    repository.commit()
    (repository.folder / "elsewhere").rename(repository.folder / "Pulumi.yaml")
    repository.stack("one")
    for arguments, words in (
        (("--base", "nothing"), "BASE=nothing: there is no such revision"),
        ((), "BASE=main: it has no Pulumi.yaml"),
        (("--stack", "two"), "There is no config for stack two. The stacks are: one."),
        (("--chart", "nowhere"), "CHART=nowhere: no such file or folder."),
    ):
        code, _, err = repository.diff(*arguments)
        assert code == 1
        assert words in err


def test_a_recorded_preview_still_matches_the_engine(program: Program) -> None:
    report = build_report(parse_preview(record(program, "scale-one"), "scale-one"))
    assert to_markdown([report]) == (GOLDEN / "scale-one.md").read_text(encoding="utf-8")
