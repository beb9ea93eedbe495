"""The workflows: linted, and their shell steps run as they stand, with stand-ins around them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.go_build import GO_BUILD_SECONDS, build_go_program
from tools.report import MARKER
from tools.simulation.workspace import CHECKOUT

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
GO_MODULE = Path(__file__).parent / "go"

needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="builds a Go program")


def workflow(name: str) -> dict[str, Any]:
    text = (CHECKOUT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    # YAML 1.1 takes the key `on` for true.
    held: dict[Any, Any] = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in held.items()}


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("go") / "actionlint"
    return build_go_program("github.com/rhysd/actionlint/cmd/actionlint", GO_MODULE, output)


@pytest.fixture(scope="module")
def gojq(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("go") / "gojq"
    return build_go_program("github.com/itchyny/gojq/cmd/gojq", GO_MODULE, output)


@needs_go
@pytest.mark.timeout(GO_BUILD_SECONDS)
def test_actionlint_finds_nothing(actionlint: Path) -> None:
    # Without the linters that it would run if they happened to be installed.
    options = ["-no-color", "-shellcheck=", "-pyflakes="]
    done = subprocess.run(
        [actionlint, *options, *WORKFLOWS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit_with_their_version_beside(file: Path) -> None:
    used = [line for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_a_pull_request_gets_no_more_than_it_needs() -> None:
    preview = workflow("preview")
    assert list(preview["on"]) == ["pull_request"]
    assert preview["permissions"] == {"contents": "read"}
    assert preview["concurrency"]["cancel-in-progress"] is True
    report, comment = preview["jobs"]["report"], preview["jobs"]["comment"]
    # Whoever runs the pull request's code can't write, and whoever can write doesn't run it.
    assert "permissions" not in report
    assert comment["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert not [step for step in comment["steps"] if "checkout" in step.get("uses", "")]
    assert "head.repo.full_name == github.repository" in comment["if"]
    assert report["steps"][0]["with"]["persist-credentials"] is False


def test_no_expression_is_pasted_into_a_script() -> None:
    for file in WORKFLOWS:
        for job in workflow(file.stem)["jobs"].values():
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_stacks_go_up_one_after_the_other() -> None:
    deploy = workflow("deploy")
    assert deploy["permissions"] == {"contents": "read"}
    assert deploy["concurrency"]["cancel-in-progress"] is False
    assert {
        name: (job.get("needs"), job["environment"], job["env"]["STACK"])
        for name, job in deploy["jobs"].items()
    } == {
        "dev": (None, "dev", "dev"),
        "staging": ("dev", "staging", "staging"),
        "prod": ("staging", "prod", "prod"),
    }
    assert all(job["steps"] == deploy["jobs"]["dev"]["steps"] for job in deploy["jobs"].values())


class Runner:
    """Runs steps as a runner does, in an empty folder with stand-ins for programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        (folder / ".venv" / "bin").mkdir(parents=True)
        self.calls = folder / "calls"
        for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"):
            (folder / name).touch()

    def program(self, path: str, script: str = "") -> None:
        file = self.folder / path
        file.write_text(
            f'#!/bin/bash\necho "{Path(path).name} $*" >> "{self.calls}"\n{script}\n',
            encoding="utf-8",
        )
        file.chmod(0o755)

    def report(self, code: int, text: str = "report\n", full: str = "complete\n") -> None:
        """A stand-in for Python that writes a report."""
        (self.folder / "short").write_text(text, encoding="utf-8")
        (self.folder / "long").write_text(full, encoding="utf-8")
        self.program(".venv/bin/python", f"cp short report.md; cp long complete.md; exit {code}")

    def run(
        self, workflow_: str, job: str, step: str, **env: str
    ) -> subprocess.CompletedProcess[str]:
        steps = workflow(workflow_)["jobs"][job]["steps"]
        (script,) = [one["run"] for one in steps if one.get("name") == step]
        files = {
            name: str(self.folder / name)
            for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.folder),
                "HOME": os.environ.get("HOME", ""),
                **files,
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def called(self) -> list[str]:
        return self.read("calls").splitlines() if self.calls.exists() else []


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


NO_SECRETS = {"KUBECONFIG_CONTENT": "", "PULUMI_ACCESS_TOKEN": "", "PULUMI_BACKEND_URL": ""}


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_without_credentials_the_basis_is_the_simulated_cluster(runner: Runner, code: int) -> None:
    runner.report(code)
    done = runner.run("preview", "report", "Report", REAL="false", **NO_SECRETS)
    assert done.returncode == 0
    assert runner.called == [
        "python -m tools.diff --base HEAD^1 --out report.md --full complete.md",
    ]
    assert runner.read("GITHUB_OUTPUT") == f"code={code}\n"


def test_with_credentials_the_basis_is_every_real_stack(runner: Runner) -> None:
    runner.report(2)
    for name in ("dev", "prod"):
        (runner.folder / f"Pulumi.{name}.yaml").touch()
    secrets = {**NO_SECRETS, "KUBECONFIG_CONTENT": "clusters: []\n", "PULUMI_ACCESS_TOKEN": "x"}
    done = runner.run("preview", "report", "Report", REAL="true", **secrets)
    assert done.returncode == 0
    assert runner.called == [
        "python -m tools.report --stack dev --stack prod --out report.md --full complete.md",
    ]
    assert runner.read("kubeconfig") == "clusters: []\n"
    assert (runner.folder / "kubeconfig").stat().st_mode & 0o077 == 0


def test_a_crash_is_no_report(runner: Runner) -> None:
    runner.program(".venv/bin/python", "exit 2")
    done = runner.run("preview", "report", "Report", REAL="false", **NO_SECRETS)
    assert done.returncode != 0
    assert runner.read("GITHUB_OUTPUT") == ""


def test_the_summary_has_the_complete_report_if_it_can(runner: Runner) -> None:
    (runner.folder / "report.md").write_text("short\n", encoding="utf-8")
    for length, summary in ((10, "x" * 10), (2_000_000, "short\n")):
        (runner.folder / "complete.md").write_text("x" * length, encoding="utf-8")
        (runner.folder / "GITHUB_STEP_SUMMARY").write_text("", encoding="utf-8")
        assert runner.run("preview", "report", "Summary").returncode == 0
        assert runner.read("GITHUB_STEP_SUMMARY") == summary


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [("0", 0, ""), ("2", 0, ""), ("3", 0, "::warning"), ("1", 1, "::error"), ("", 1, "::error")],
)
def test_a_pull_request_fails_where_a_preview_did(
    runner: Runner,
    code: str,
    status: int,
    word: str,
) -> None:
    done = runner.run("preview", "report", "Verdict", CODE=code)
    assert done.returncode == status
    assert done.stdout.startswith(word)


@needs_go
@pytest.mark.timeout(GO_BUILD_SECONDS)
@pytest.mark.parametrize("there", [False, True])
def test_the_comment_is_updated_where_there_is_one(
    runner: Runner,
    gojq: Path,
    there: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    bot, person = {"login": "github-actions[bot]"}, {"login": "person"}
    comments = [
        {"id": 1, "user": person, "body": f"{MARKER} quoted by a person"},
        {"id": 2, "user": bot, "body": "another bot's words"},
        *([{"id": 3, "user": bot, "body": f"{MARKER}\n\n## old"}] if there else []),
    ]
    # The filter runs as it stands, in the language that the GitHub CLI runs it in.
    jobs = workflow("preview")["jobs"]
    (script,) = [step["run"] for step in jobs["comment"]["steps"] if "run" in step]
    (jq,) = re.findall(r"ours='(.*?)'", script, re.DOTALL)
    found = subprocess.run(
        [gojq, jq], input=json.dumps(comments), capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    (runner.folder / "found").write_text(found.stdout, encoding="utf-8")
    runner.program("bin/gh", 'case "$*" in *--paginate*) cat found ;; esac')
    (runner.folder / "report.md").touch()
    done = runner.run("preview", "comment", "Comment", COMMENTS="c/7/comments", COMMENT="c")
    assert done.returncode == 0, done.stderr
    last = runner.called[-1]
    if there:
        assert last == "gh api --silent --method PATCH c/3 --field body=@report.md"
    else:
        assert last == "gh api --silent --method POST c/7/comments --field body=@report.md"


def test_the_comment_is_found_by_the_line_that_the_report_begins_with() -> None:
    (script,) = [
        step["run"] for step in workflow("preview")["jobs"]["comment"]["steps"] if "run" in step
    ]
    assert f'startswith("{MARKER}")' in script


def test_each_stack_is_previewed_anew_before_it_goes_up(runner: Runner) -> None:
    runner.report(3, full="complete\n")
    done = runner.run("deploy", "staging", "Report", STACK="staging")
    assert done.returncode == 0, done.stderr
    assert runner.called == [
        "python -m tools.report --stack staging --out report.md --full complete.md",
    ]
    assert runner.read("GITHUB_STEP_SUMMARY") == "complete\n"
    code, digest = runner.read("GITHUB_OUTPUT").splitlines()
    assert code == "code=3"
    assert re.fullmatch(r"digest=[0-9a-f]{16}", digest)


@pytest.mark.parametrize(
    ("code", "approved", "status"),
    [
        ("0", "", 0),
        ("2", "", 0),
        ("3", "", 1),
        ("3", "abc", 0),
        ("3", "xyz abc", 0),
        ("3", "abcd", 1),
        ("3", "ab c", 1),
        ("1", "abc", 1),
        ("", "", 1),
    ],
)
def test_a_deployment_stops_unless_this_very_report_is_approved(
    runner: Runner,
    code: str,
    approved: str,
    status: int,
) -> None:
    done = runner.run(
        "deploy", "prod", "Decide", STACK="prod", CODE=code, APPROVED=approved, DIGEST="abc"
    )
    assert done.returncode == status
    if (code, status) == ("3", 1):
        assert "Stopped before prod" in done.stdout
        assert "approve: abc" in done.stdout


def test_the_stack_goes_up(runner: Runner) -> None:
    runner.program("bin/pulumi")
    assert runner.run("deploy", "prod", "Up", STACK="prod").returncode == 0
    assert runner.called == [
        "pulumi up --yes --skip-preview --non-interactive --suppress-outputs --stack prod",
    ]


def test_credentials_are_kept_for_later_steps_where_there_are_any(runner: Runner) -> None:
    assert runner.run("deploy", "dev", "Credentials", KUBECONFIG_CONTENT="").returncode == 0
    assert runner.read("GITHUB_ENV") == ""
    assert runner.run("deploy", "dev", "Credentials", KUBECONFIG_CONTENT="a: 1").returncode == 0
    assert runner.read("GITHUB_ENV") == f"KUBECONFIG={runner.folder}/kubeconfig\n"
    assert runner.read("kubeconfig") == "a: 1"


@pytest.mark.parametrize("name", ["preview", "deploy"])
def test_installing_is_the_makefiles_own_target(runner: Runner, name: str) -> None:
    runner.program("bin/make")
    job = next(iter(workflow(name)["jobs"]))
    assert runner.run(name, job, "Install").returncode == 0
    assert runner.called == ["make .venv/installed"]
    assert ".venv/installed:" in (CHECKOUT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("job", "step", "command"),
    [
        ("lint", "Install", "make .venv/installed"),
        ("lint", "Lint", "make lint"),
        ("lint", "Types", "make types"),
        ("unit", "Install", "make .venv/installed"),
        ("unit", "Tools", "python -m tools.toolchain"),
        ("unit", "Tests", "make unit"),
    ],
)
def test_the_tests_of_a_pull_request_are_those_of_make_test(
    runner: Runner, job: str, step: str, command: str
) -> None:
    runner.program("bin/make")
    runner.program(".venv/bin/python")
    assert runner.run("test", job, step).returncode == 0
    assert runner.called == [command]
    assert "\ntest: lint types unit\n" in (CHECKOUT / "Makefile").read_text(encoding="utf-8")


def test_the_job_that_runs_tests_can_write_nothing_and_reads_no_secret() -> None:
    test = workflow("test")
    assert test["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in test["jobs"].values())
    text = (CHECKOUT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    for job in test["jobs"].values():
        assert job["steps"][0]["with"]["persist-credentials"] is False


def test_workflows_share_one_cache_of_built_tools() -> None:
    caches = [
        step["with"]
        for name, job in (("preview", "report"), ("test", "unit"))
        for step in workflow(name)["jobs"][job]["steps"]
        if step.get("uses", "").startswith("actions/cache@")
    ]
    assert len(caches) == 2
    assert caches[0] == caches[1]


def test_every_shell_step_has_run_here() -> None:
    run = {"Install", "Report", "Summary", "Verdict", "Comment", "Credentials", "Decide", "Up"}
    run |= {"Lint", "Types", "Tools", "Tests"}
    for file in WORKFLOWS:
        for job in workflow(file.stem)["jobs"].values():
            assert {step["name"] for step in job["steps"] if "run" in step} <= run
