"""The workflows: linted, and every shell step run with stand-ins for the programs it calls."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.go_build import ACTIONLINT, GO_BUILD_SECONDS, GOJQ, build_go_program
from tools.checkout import CHECKOUT
from tools.report import COMMENT_MARKER

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
TEMPLATE = CHECKOUT / "templates" / "yaml" / ".github" / "workflows" / "pulumi.yml"
"""The other template links to it."""


def workflow(name: str) -> dict[str, Any]:
    text = (CHECKOUT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    # In YAML 1.1 the key `on` is true.
    parsed: dict[Any, Any] = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in parsed.items()}


@pytest.fixture(scope="module")
def actionlint() -> Path:
    return build_go_program(ACTIONLINT)


@pytest.fixture(scope="module")
def gojq() -> Path:
    return build_go_program(GOJQ)


@pytest.mark.timeout(GO_BUILD_SECONDS)
def test_actionlint_finds_nothing(actionlint: Path) -> None:
    # Without other linters, which it runs if they happen to be installed.
    options = ["-no-color", "-shellcheck=", "-pyflakes="]
    done = subprocess.run(
        [actionlint, *options, *WORKFLOWS, TEMPLATE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("file", [*WORKFLOWS, TEMPLATE], ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit_with_the_version_in_a_comment(file: Path) -> None:
    used = [line for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_a_pull_request_gets_the_least_permissions() -> None:
    preview = workflow("preview")
    assert list(preview["on"]) == ["pull_request"]
    assert preview["permissions"] == {"contents": "read"}
    assert preview["concurrency"]["cancel-in-progress"] is True
    report, comment = preview["jobs"]["report"], preview["jobs"]["comment"]
    # The job that runs the pull request's code can't write; the one that can write doesn't run it.
    assert "permissions" not in report
    assert comment["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert not [step for step in comment["steps"] if "checkout" in step.get("uses", "")]
    assert "head.repo.full_name == github.repository" in comment["if"]
    assert report["steps"][0]["with"]["persist-credentials"] is False


def test_scripts_contain_no_expressions() -> None:
    for file in WORKFLOWS:
        for job in workflow(file.stem)["jobs"].values():
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_stacks_are_deployed_one_after_the_other() -> None:
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
    """Runs shell steps as GitHub does, in an empty folder with stand-ins for programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        (folder / ".venv" / "bin").mkdir(parents=True)
        self._calls = folder / "calls"
        for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"):
            (folder / name).touch()

    def install(self, path: str, script: str = "") -> None:
        """Writes a stand-in that records how it is called and then runs `script`."""
        file = self.folder / path
        file.write_text(
            f'#!/bin/bash\necho "{Path(path).name} $*" >> "{self._calls}"\n{script}\n',
            encoding="utf-8",
        )
        file.chmod(0o755)

    def install_reporting_python(self, exit_code: int) -> None:
        """Installs a stand-in for Python that writes a short and a complete report."""
        (self.folder / "short").write_text("report\n", encoding="utf-8")
        (self.folder / "long").write_text("complete\n", encoding="utf-8")
        script = f"cp short report.md; cp long complete.md; exit {exit_code}"
        self.install(".venv/bin/python", script)

    def run(
        self, workflow_: str, job: str, step: str, **env: str
    ) -> subprocess.CompletedProcess[str]:
        steps = workflow(workflow_)["jobs"][job]["steps"]
        (script,) = [item["run"] for item in steps if item.get("name") == step]
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
    def calls(self) -> list[str]:
        """The command lines of all stand-ins that were called."""
        return self.read("calls").splitlines() if self._calls.exists() else []


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


NO_SECRETS = {"KUBECONFIG_CONTENT": "", "PULUMI_ACCESS_TOKEN": "", "PULUMI_BACKEND_URL": ""}


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_without_credentials_the_working_tree_is_compared_on_the_simulated_cluster(
    runner: Runner, code: int
) -> None:
    runner.install_reporting_python(code)
    done = runner.run("preview", "report", "Report", REAL="false", **NO_SECRETS)
    assert done.returncode == 0
    assert runner.calls == [
        "python -m tools.diff --base HEAD^1 --out report.md --full complete.md",
    ]
    assert runner.read("GITHUB_OUTPUT") == f"code={code}\n"


def test_with_credentials_every_real_stack_is_previewed(runner: Runner) -> None:
    runner.install_reporting_python(2)
    for name in ("dev", "prod"):
        (runner.folder / f"Pulumi.{name}.yaml").touch()
    secrets = {**NO_SECRETS, "KUBECONFIG_CONTENT": "clusters: []\n", "PULUMI_ACCESS_TOKEN": "x"}
    done = runner.run("preview", "report", "Report", REAL="true", **secrets)
    assert done.returncode == 0
    (call,) = runner.calls
    assert call == (
        "python -m tools.report --stack dev --stack prod --people --out report.md"
        " --full complete.md"
    )
    assert runner.read("kubeconfig") == "clusters: []\n"
    assert (runner.folder / "kubeconfig").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("code", "is_reported"), [(0, True), (1, False), (2, True), (3, True)])
def test_a_stack_whose_cluster_is_saved_is_rehearsed_for_the_report(
    runner: Runner, code: int, *, is_reported: bool
) -> None:
    (runner.folder / "cluster.prod.json").touch()
    runner.install(".venv/bin/python", f"exit {code}")
    done = runner.run("preview", "report", "Rehearse")
    assert done.returncode == 0
    assert ("::warning title=No rehearsal of prod::" in done.stdout) is not is_reported
    runner.install_reporting_python(code)
    assert runner.run("preview", "report", "Report", REAL="false", **NO_SECRETS).returncode == 0
    rehearsal, report = runner.calls
    assert rehearsal == (
        "python -m tools.rehearse --stack prod --base HEAD^1 --from cluster.prod.json --json"
        " --html rehearsal.prod.html"
    )
    assert report.endswith(" --rehearsal rehearsal.prod.json") is is_reported


def test_without_a_saved_cluster_nothing_is_rehearsed(runner: Runner) -> None:
    runner.install(".venv/bin/python", "exit 1")
    assert runner.run("preview", "report", "Rehearse").returncode == 0
    assert runner.calls == []


def test_a_crash_fails_the_step(runner: Runner) -> None:
    runner.install(".venv/bin/python", "exit 2")
    done = runner.run("preview", "report", "Report", REAL="false", **NO_SECRETS)
    assert done.returncode != 0
    assert runner.read("GITHUB_OUTPUT") == ""


def test_the_summary_is_the_complete_report_unless_that_is_too_long(runner: Runner) -> None:
    (runner.folder / "report.md").write_text("short\n", encoding="utf-8")
    for length, summary in ((10, "x" * 10), (2_000_000, "short\n")):
        (runner.folder / "complete.md").write_text("x" * length, encoding="utf-8")
        (runner.folder / "GITHUB_STEP_SUMMARY").write_text("", encoding="utf-8")
        assert runner.run("preview", "report", "Summary").returncode == 0
        assert runner.read("GITHUB_STEP_SUMMARY") == summary


@pytest.mark.parametrize(
    ("code", "status", "command"),
    [("0", 0, ""), ("2", 0, ""), ("3", 0, "::warning"), ("1", 1, "::error"), ("", 1, "::error")],
)
def test_a_failed_preview_fails_the_pull_request(
    runner: Runner,
    code: str,
    status: int,
    command: str,
) -> None:
    done = runner.run("preview", "report", "Verdict", CODE=code)
    assert done.returncode == status
    assert done.stdout.startswith(command)


@pytest.mark.timeout(GO_BUILD_SECONDS)
@pytest.mark.parametrize("has_comment", [False, True])
def test_the_comment_is_created_once_and_then_updated(
    runner: Runner,
    gojq: Path,
    has_comment: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    bot, person = {"login": "github-actions[bot]"}, {"login": "person"}
    comments = [
        {"id": 1, "user": person, "body": f"{COMMENT_MARKER} quoted by a person"},
        {"id": 2, "user": bot, "body": "another bot's words"},
        *([{"id": 3, "user": bot, "body": f"{COMMENT_MARKER}\n\n## old"}] if has_comment else []),
    ]
    # gojq is the interpreter that the GitHub CLI uses for filters.
    jobs = workflow("preview")["jobs"]
    (script,) = [step["run"] for step in jobs["comment"]["steps"] if "run" in step]
    (jq,) = re.findall(r"ours='(.*?)'", script, re.DOTALL)
    found = subprocess.run(
        [gojq, jq], input=json.dumps(comments), capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    (runner.folder / "found").write_text(found.stdout, encoding="utf-8")
    runner.install("bin/gh", 'case "$*" in *--paginate*) cat found ;; esac')
    (runner.folder / "report.md").touch()
    done = runner.run("preview", "comment", "Comment", COMMENTS="c/7/comments", COMMENT="c")
    assert done.returncode == 0, done.stderr
    last = runner.calls[-1]
    if has_comment:
        assert last == "gh api --silent --method PATCH c/3 --field body=@report.md"
    else:
        assert last == "gh api --silent --method POST c/7/comments --field body=@report.md"


def test_the_comment_is_found_by_the_first_line_of_the_report() -> None:
    (script,) = [
        step["run"] for step in workflow("preview")["jobs"]["comment"]["steps"] if "run" in step
    ]
    assert f'startswith("{COMMENT_MARKER}")' in script


def test_each_stack_is_previewed_again_before_it_is_deployed(runner: Runner) -> None:
    runner.install_reporting_python(3)
    done = runner.run("deploy", "staging", "Report", STACK="staging")
    assert done.returncode == 0, done.stderr
    assert runner.calls == [
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
def test_a_report_with_risks_needs_its_own_approval(
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


def test_the_stack_is_deployed(runner: Runner) -> None:
    runner.install("bin/pulumi")
    assert runner.run("deploy", "prod", "Up", STACK="prod").returncode == 0
    assert runner.calls == [
        "pulumi up --yes --skip-preview --non-interactive --suppress-outputs --stack prod",
    ]


def test_credentials_are_passed_to_later_steps(runner: Runner) -> None:
    assert runner.run("deploy", "dev", "Credentials", KUBECONFIG_CONTENT="").returncode == 0
    assert runner.read("GITHUB_ENV") == ""
    assert runner.run("deploy", "dev", "Credentials", KUBECONFIG_CONTENT="a: 1").returncode == 0
    assert runner.read("GITHUB_ENV") == f"KUBECONFIG={runner.folder}/kubeconfig\n"
    assert runner.read("kubeconfig") == "a: 1"


@pytest.mark.parametrize("name", ["preview", "deploy"])
def test_dependencies_are_installed_by_the_makefile(runner: Runner, name: str) -> None:
    runner.install("bin/make")
    job = next(iter(workflow(name)["jobs"]))
    assert runner.run(name, job, "Install").returncode == 0
    assert runner.calls == ["make .venv/installed"]
    assert ".venv/installed:" in (CHECKOUT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("job", "step", "command"),
    [
        ("lint", "Install", "make .venv/installed"),
        ("lint", "Lint", "make lint"),
        ("lint", "Types", "make types"),
        ("unit", "Install", "make .venv/installed"),
        ("unit", "Tools", "make tools"),
        ("unit", "Tests", "make unit bus engine"),
    ],
)
def test_the_tests_of_a_pull_request_are_those_of_make_test(
    runner: Runner, job: str, step: str, command: str
) -> None:
    runner.install("bin/make")
    assert runner.run("test", job, step).returncode == 0
    assert runner.calls == [command]


def test_make_test_runs_every_step_of_a_pull_request() -> None:
    def commands(*targets: str) -> set[str]:
        done = subprocess.run(
            ["make", "--dry-run", *targets],
            cwd=CHECKOUT,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stdout.splitlines())

    steps = commands("lint", "types", "tools", "unit", "engine")
    assert len(steps) > 6
    assert steps <= commands("test")


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


def test_every_shell_step_is_tested() -> None:
    tested = {
        "Install",
        "Rehearse",
        "Report",
        "Summary",
        "Verdict",
        "Comment",
        "Credentials",
        "Decide",
        "Up",
    }
    tested |= {"Lint", "Types", "Tools", "Tests"}
    for file in WORKFLOWS:
        for job in workflow(file.stem)["jobs"].values():
            assert {step["name"] for step in job["steps"] if "run" in step} <= tested
