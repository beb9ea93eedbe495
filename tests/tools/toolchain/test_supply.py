import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from tests.support.machine import Machine
from tools import toolchain
from tools.errors import ToolError
from tools.toolchain import NAMES, clean, ensure
from tools.toolchain.__main__ import main

CHECKOUT = Path(toolchain.__file__).parents[2]


@pytest.fixture
def go(machine: Machine) -> Machine:
    machine.install_go()
    return machine


def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Another process, as another checkout would start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.toolchain", *arguments],
        cwd=CHECKOUT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: str, holds: object) -> None:
    assert callable(holds)
    for _ in range(500):
        if holds():
            return
        time.sleep(0.02)
    pytest.fail(f"waited 10 s in vain: {condition}")


def test_each_tool_asked_for_is_built_and_no_other(go: Machine) -> None:
    where = ensure(["etcd", "helm"])
    assert list(where) == ["helm", "etcd"]
    assert all(os.access(path, os.X_OK) for path in where.values())
    assert all(path.is_relative_to(go.cache / "tools") for path in where.values())
    assert {name: path.name for name, path in where.items()} == {"helm": "helm", "etcd": "etcd"}
    assert go.built == ["helm", "etcd"]


def test_what_has_been_built_is_not_built_again(go: Machine) -> None:
    first = ensure(NAMES)
    calls = go.go_calls
    assert ensure(NAMES) == first
    assert go.go_calls == calls
    assert sorted(go.built) == sorted(NAMES)


def test_the_language_host_lies_beside_pulumi_with_its_executor(go: Machine) -> None:
    host = ensure(["pulumi-language-python"])["pulumi-language-python"]
    executor = host.with_name("pulumi-language-python-exec")
    assert executor.read_text() == "the executor\n"
    assert os.access(executor, os.X_OK)
    assert ensure(["pulumi"])["pulumi"].parent == host.parent
    assert go.built == ["pulumi", "pulumi-language-python"]


def test_an_installed_tool_is_used_without_go(machine: Machine) -> None:
    helm = machine.install("helm", "v3.19.0")
    assert ensure(["helm"]) == {"helm": helm}


def test_builds_are_static_reproducible_and_leave_go_sum_alone(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOWORK", "/elsewhere/go.work")
    monkeypatch.setenv("CGO_ENABLED", "1")
    ensure(["kwok"])
    (call,) = go.go_calls
    assert "CGO_ENABLED=0" in call
    assert "GOWORK=off" in call
    assert "-mod=readonly -trimpath" in call
    assert "-mod=mod" not in call
    assert "GOCACHE=None" in call  # the person's own


def test_without_a_home_go_keeps_its_caches_in_ours(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    ensure(["kwok"])
    assert f"GOCACHE={go.cache}" in go.go_calls[0]


def test_a_failed_build_leaves_its_log_and_nothing_else(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"main.go:{number}: undefined" for number in range(1, 41)]
    monkeypatch.setenv("FAKE_GO_COMPLAINT", "\n".join(lines))
    with pytest.raises(ToolError) as failed:
        ensure(["etcd"])
    log = go.cache / "logs" / "etcd.log"
    assert go.tools == []
    assert log.read_text().splitlines() == lines
    told = str(failed.value)
    assert "etcd 3.6.16" in told
    assert str(log) in told
    assert "main.go:40:" in told
    assert "main.go:10:" not in told

    monkeypatch.delenv("FAKE_GO_COMPLAINT")
    assert ensure(["etcd"])["etcd"].exists()
    assert not log.exists()


def test_a_failure_stops_before_the_tools_that_come_after(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GO_COMPLAINT", "no")
    with pytest.raises(ToolError, match="pulumi"):
        ensure(NAMES)
    assert go.built == ["pulumi"]


@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("write /tmp/go-link: no space left on device", "disk is full"),
        (
            "go: go.mod requires go >= 1.26.0 (running go 1.21.0; GOTOOLCHAIN=local)",
            "Go 1.26.0 or newer",
        ),
        ("go: download go1.26.0 for linux/amd64: toolchain not available", "Go 1.26.0 or newer"),
        ('Get "https://example.org/x.zip": dial tcp: lookup example.org: no such host', "GOPROXY"),
        ("verifying example.org/x@v1.0.0: checksum mismatch", "go.sum"),
        ("compile: signal: killed", "memory"),
    ],
)
def test_a_known_cause_is_said_plainly(
    complaint: str, advice: str, go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GO_COMPLAINT", complaint)
    with pytest.raises(ToolError, match=re.escape(advice)) as failed:
        ensure(["etcd"])
    assert complaint in str(failed.value)
    assert go.tools == []


def test_a_go_that_is_killed_leaves_no_binary(go: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_DIES", "yes")
    with pytest.raises(ToolError, match="Signal 9"):
        ensure(["etcd"])
    assert go.tools == []


def test_without_go_the_error_says_which_is_needed(machine: Machine) -> None:
    with pytest.raises(ToolError, match=r"no `go` on PATH.*Go 1\.26\.0"):
        ensure(["kube-scheduler"])
    assert machine.tools == []


def test_a_cache_that_cannot_be_used_is_named(go: Machine) -> None:
    go.cache.write_text("a file where the folder should be")
    with pytest.raises(ToolError, match=re.escape(str(go.cache))):
        ensure(["etcd"])


def test_a_build_killed_halfway_is_begun_anew(go: Machine) -> None:
    victim = start("pulumi", FAKE_GO_SECONDS="60")
    wait_for("Go was called", lambda: go.go_calls)
    (unfinished,) = go.tools
    os.killpg(victim.pid, signal.SIGKILL)
    victim.communicate()
    assert go.tools == [unfinished]

    ensure(["pulumi"])
    (finished,) = go.tools
    assert finished.startswith("pulumi-3.259.0-")
    assert go.built == ["pulumi", "pulumi", "pulumi-language-python"]


def test_two_processes_build_once_and_the_second_says_that_it_waits(go: Machine) -> None:
    first = start("etcd", "kwok", FAKE_GO_SECONDS="0.7")
    wait_for("Go was called", lambda: go.go_calls)
    second = start("etcd", "kwok")
    answers = [process.communicate(timeout=20) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert go.built == ["etcd", "kwok"]
    assert answers[0][0] == answers[1][0]
    assert "Building etcd" in answers[0][1]
    (line,) = answers[1][1].splitlines()
    assert "waiting" in line
    assert str(go.cache) in line


def test_a_process_waits_only_for_the_tools_that_it_needs(go: Machine) -> None:
    first = start("etcd", "kwok", "kwokctl", FAKE_GO_SECONDS="1")
    wait_for("Go was called", lambda: go.go_calls)
    try:
        assert ensure(["etcd"])["etcd"].exists()
        assert first.poll() is None
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


@pytest.mark.usefixtures("go")
def test_a_log_has_one_line_when_a_build_begins_and_one_when_it_ends() -> None:
    log = io.StringIO()
    ensure(["etcd", "kwok"], console=Console(file=log, width=20))
    assert log.getvalue().splitlines() == [
        "Building etcd 3.6.16 (1 left after it) …",
        "Built etcd 3.6.16 in 0 s; 1 left, 0 s so far.",
        "Building kwok 0.8.0 (0 left after it) …",
        "Built kwok 0.8.0 in 0 s; 0 left, 0 s so far.",
    ]
    ensure(["etcd", "kwok"], console=Console(file=log))
    assert len(log.getvalue().splitlines()) == 4


@pytest.mark.usefixtures("go")
def test_a_terminal_shows_the_tool_how_many_are_left_and_the_time() -> None:
    screen = io.StringIO()
    ensure(["etcd", "kwok"], console=Console(file=screen, force_terminal=True, width=80))
    assert re.search(r"Building etcd 3\.6\.16 \(1 left after it\).*0:00:00", screen.getvalue())


def test_cleaning_removes_what_was_built_and_its_logs(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (go.cache / "charts").mkdir(parents=True)
    ensure(["etcd"])
    monkeypatch.setenv("FAKE_GO_COMPLAINT", "no")
    with pytest.raises(ToolError):
        ensure(["kwok"])
    clean()
    clean()
    assert go.tools == []
    assert not (go.cache / "logs").exists()
    assert (go.cache / "charts").exists()


def test_the_list_says_where_each_tool_is_and_builds_nothing(
    go: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    go.install("helm", "v3.19.0")
    assert main(["--list"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert set(rows) == set(NAMES)
    assert str(go.bin / "helm") in rows["helm"]
    assert "to be built" in rows["etcd"]
    assert go.go_calls == []


@pytest.mark.usefixtures("machine")
def test_the_command_line_shows_an_error_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["kubectl"]) == 1
    assert "No such tool: kubectl" in capsys.readouterr().err
